"""A real tmux of a test's own: one window with a program in it, no user's configuration, no client.

with Tmux(command, variables, folder=repository, socket=tmp_path / "tmux", columns=80, rows=24) as tmux:
    tmux.wait_for("auto")
    tmux.type("hello\r")
    tmux.resize(40, 24)
    tmux.text()        # what the screen shows
    tmux.scrollback()  # all that ever was on it; what a narrower screen broke is whole again
"""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PATIENCE_S = 40.0
SETTINGS = "set -g default-terminal tmux-256color\nset -g history-limit 50000\n"


class Tmux:
    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        folder: Path,
        socket: Path,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        if not shutil.which("tmux"):
            pytest.skip("there is no tmux; on Debian: apt-get install tmux")
        settings = socket.with_name("tmux.conf")
        settings.write_text(SETTINGS)
        self._tmux = ("tmux", "-u", "-S", str(socket), "-f", str(settings))
        given = shlex.join([f"{name}={value}" for name, value in variables.items() if name != "TERM"])
        size = ("-x", str(columns), "-y", str(rows))
        self._run("new-session", "-d", *size, "-c", str(folder), f"exec env {given} {shlex.join(command)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def type(self, text: str) -> None:
        self._run("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def text(self) -> str:
        return self._run("capture-pane", "-p").rstrip()

    def scrollback(self) -> str:
        return self._run("capture-pane", "-p", "-J", "-S", "-").rstrip()

    def wait_for(self, words: str, seconds: float = PATIENCE_S, *, anywhere: bool = False) -> None:
        """Until `words` are on the screen, or `anywhere` in the scrollback too."""
        deadline = time.monotonic() + seconds
        while words not in (self.scrollback() if anywhere else self.text()):
            assert time.monotonic() < deadline, f"no {words!r} in {seconds} s:\n{self.scrollback()[-4000:]}"
            time.sleep(0.05)

    def settle(self, quiet_s: float = 1.0, seconds: float = PATIENCE_S) -> None:
        """Until the screen was the same for `quiet_s`."""
        deadline = time.monotonic() + seconds
        before = ""
        while time.monotonic() < deadline and before != (now := self.text()):
            before = now
            time.sleep(quiet_s)

    def _run(self, *command: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name != "TMUX"}
        done = subprocess.run([*self._tmux, *command], env=environment, capture_output=True, check=True, text=True)
        return done.stdout
