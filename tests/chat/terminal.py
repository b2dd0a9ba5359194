"""A real pseudo-terminal with a program in it, and pyte as the eyes that look at it.

with Terminal(command, variables, columns=80, rows=24) as terminal:
    terminal.wait_for("auto")
    terminal.type("hello\r")
    terminal.lines()      # what the screen shows
    terminal.scrollback() # all that ever was on it, top to bottom
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte
from pyte.screens import Char

PATIENCE_S = 40.0
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        folder: Path,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self.raw = bytearray()
        self.screen = pyte.HistoryScreen(columns, rows, history=20_000, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)
        self._watched = True
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], list(command), dict(variables))
        self._set_size(columns, rows)
        self.status: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._reap(10)
        with contextlib.suppress(OSError):
            os.close(self._master)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def paste(self, text: str) -> None:
        self.type(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """The screen keeps its lines as they stand; the program is told."""
        self.read(0.05)
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def read(self, seconds: float) -> None:
        """Take in what the program writes for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._master], [], [], left)[0]:
                return
            try:
                data = os.read(self._master, 65_536)
            except OSError:  # the program has closed its end
                time.sleep(min(left, 0.05))
                return
            if not data:
                return
            self.raw += data
            if self._watched:
                self._stream.feed(data)

    def look_away(self) -> None:
        """The screen is not followed any more: pyte would take longer over thousands of lines than the program
        does."""
        self._watched = False

    def wait_unwatched(self, words: str, seconds: float = PATIENCE_S) -> str:
        """Until `words` are written, looking away; returns what was, without colours and movements."""
        self.look_away()
        start, deadline = len(self.raw), time.monotonic() + seconds
        while words.encode() not in self.raw[max(start, len(self.raw) - 10_000) :]:
            assert time.monotonic() < deadline, f"no {words!r} in {seconds} s"
            self.read(0.05)
        return CONTROL.sub(b"", self.raw[start:]).decode(errors="replace")

    def lines(self) -> list[str]:
        """The rows of the screen, without blanks at their ends."""
        return [line.rstrip() for line in self.screen.display]

    def text(self) -> str:
        return "\n".join(self.lines()).rstrip()

    def scrollback(self) -> str:
        """What has scrolled off, and the screen below it."""
        past = [row_text(row, self.screen.columns) for row in self.screen.history.top]
        return "\n".join([*past, *self.lines()]).rstrip()

    def wait_for(self, words: str, seconds: float = PATIENCE_S, *, anywhere: bool = False) -> None:
        """Until `words` are on the screen, or `anywhere` in the scrollback too."""
        deadline = time.monotonic() + seconds
        while words not in (self.scrollback() if anywhere else self.text()):
            assert time.monotonic() < deadline, f"no {words!r} in {seconds} s:\n{self.scrollback()[-4000:]}"
            self.read(0.05)

    def wait_until_gone(self, words: str, seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while words in self.text():
            assert time.monotonic() < deadline, f"{words!r} is still there after {seconds} s:\n{self.text()}"
            self.read(0.05)

    def settle(self, quiet_s: float = 0.4, seconds: float = PATIENCE_S) -> None:
        """Until nothing was written for `quiet_s`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            before = len(self.raw)
            self.read(quiet_s)
            if len(self.raw) == before:
                return

    def wait_exit(self, seconds: float = PATIENCE_S) -> int:
        """The exit code, negative for a signal."""
        deadline = time.monotonic() + seconds
        while self.status is None:
            self.read(0.05)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, f"it still runs after {seconds} s:\n{self.text()}"
        self.read(0.3)
        return self.status

    def kill(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def hang_up(self, seconds: float = PATIENCE_S) -> int:
        """Close the terminal, as when its window is closed; returns the exit code."""
        os.close(self._master)
        deadline = time.monotonic() + seconds
        while self.status is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, f"it still runs after {seconds} s"
            time.sleep(0.02)
        return self.status

    def is_sane(self) -> bool:
        """Whether a shell could be used in it: echo and line editing on, output translated."""
        flags = termios.tcgetattr(self._master)
        return bool(flags[3] & termios.ECHO and flags[3] & termios.ICANON and flags[0] & termios.ICRNL)

    def takes_interrupts(self) -> bool:
        """Whether a Ctrl-C is a signal: the screen takes it as a key as long as it is there."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ISIG)

    def cell(self, row: int, column: int) -> Char:
        return self.screen.buffer[row][column]

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _reap(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
            time.sleep(0.02)


def row_text(row: Mapping[int, Char], columns: int) -> str:
    return "".join(row[column].data for column in range(columns)).rstrip()
