"""The real SGLang, started through `mimosa serve`, in a home of its own."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.process import end
from model_runtime.serving.local.servers import Servers


@dataclass(frozen=True)
class Ground:
    """What a server runs on. sglang: the interpreter of an environment that has SGLang; variables: what it finds
    in its own. options: of `mimosa serve`; flags: of SGLang, besides the plan's. start_limit_s: for a start."""

    sglang: Path
    variables: Mapping[str, str]
    options: tuple[str, ...]
    flags: tuple[str, ...]
    start_limit_s: int


@dataclass(frozen=True)
class ServedMachine:
    """home: holds the state directory and an interpreter. checkpoint: its folder's name is the served model's."""

    home: Path
    checkpoint: Path
    port: int
    on: Ground

    @property
    def servers(self) -> Servers:
        return Servers(self.home / "state" / "servers")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def python(self) -> Path:
        """SGLang's interpreter, with its variables."""
        path = self.home / "python"
        lines = [f"export {name}='{value}'" for name, value in self.on.variables.items()]
        path.write_text("\n".join(("#!/bin/sh", *lines, f'exec {self.on.sglang} "$@"', "")))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MIMOSA_")}
        own = {"MIMOSA_STATE_DIR": str(self.home / "state"), "XDG_CONFIG_HOME": str(self.home / "config")}
        return {**kept, **own}

    def mimosa(
        self, *words: str, cwd: Path | None = None, limit_s: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agent.cli", *words],
            env=self.environment(),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s or self.on.start_limit_s + 30,
        )

    def serve(self, *options: str, extra: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """`mimosa serve` with the plan's flags and those that this machine needs."""
        return self.mimosa(
            *("serve", "--model-path", str(self.checkpoint), *self.on.options, "--port", str(self.port)),
            *("--python", str(self.python()), "--wait", str(self.on.start_limit_s), *options),
            *("--", *self.on.flags, *extra),
        )

    def instance(self) -> Instance:
        (found,) = self.servers.all()
        return found

    def end_all(self) -> None:
        for each in self.servers.all():
            end(each.process, grace_s=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
