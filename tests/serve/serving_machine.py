"""A machine with a stand-in for SGLang, and a state directory."""

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from patience import eventually

from model_runtime.serving.cards import find_card
from model_runtime.serving.gpus import parse_gpus
from model_runtime.serving.local.instance import Care, Instance
from model_runtime.serving.local.launch import Order
from model_runtime.serving.local.process import ProcessId
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.plan import make_plan

STANDIN = Path(__file__).parent / "standin"
MODEL = "mimo-7b-rl"
LIMIT_S = 30.0
QUICK = Care(first_wait_s=0.1)


@dataclass(frozen=True)
class Machine:
    """state: MIMOSA_STATE_DIR. port: a free one."""

    state: Path
    port: int
    bin: Path

    @property
    def servers(self) -> Servers:
        return Servers(self.state / "servers")

    def python(self, **variables: str) -> str:
        """An interpreter that has the stand-in, which behaves as `variables` say."""
        path = self.bin / f"python-{len(list(self.bin.iterdir()))}"
        lines = [f"export {name}='{value}'" for name, value in {"PYTHONPATH": str(STANDIN), **variables}.items()]
        path.write_text("\n".join(("#!/bin/sh", *lines, f'exec {sys.executable} "$@"', "")))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def order(self, python: str, *extra: str, care: Care = QUICK) -> Order:
        command = make_plan(find_card(MODEL), parse_gpus("1x24GB", 1)).commands[0]
        return Order(MODEL, command.with_port(self.port), python, extra, care)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "agent.cli", *words]

    def serve(self, python: str, *words: str) -> list[str]:
        options = ("--profile", MODEL, "--gpus", "1x24GB", "--port", str(self.port), "--python", python)
        return self.command("serve", *options, *words)

    def environment(self) -> Mapping[str, str]:
        """Without the small model, which would take the place of a server."""
        return {**os.environ, "MIMOSA_STATE_DIR": str(self.state), "MIMOSA_MODEL_FALLBACK": "none"}

    def run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, env=self.environment(), capture_output=True, text=True, timeout=LIMIT_S)

    def instance(self) -> Instance:
        (found,) = self.servers.all()
        return found

    def sglang(self) -> ProcessId:
        """The process of SGLang itself, under its supervisor."""
        eventually(lambda: self.instance().server is not None)
        found = self.instance().server
        assert found is not None
        return found
