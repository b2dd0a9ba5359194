"""`mimosa run` as a user runs it, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_server import Call, Reply

ROOT = Path(__file__).parents[2]
Done = subprocess.CompletedProcess[str]


def bash(command: str) -> Reply:
    return Reply(reasoning="I run it.", calls=(Call("bash", {"command": command}),))


def make_repository(root: Path, files: Mapping[str, str]) -> Path:
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text)
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "first")):
        subprocess.run(["git", *who, *command], cwd=root, check=True)
    return root


@dataclass
class Command:
    """Runs `mimosa` with its state in `home`, in a local sandbox, on the repository."""

    home: Path
    repository: Path
    url: str

    def arguments(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "agent.cli", *map(str, words)]

    def variables(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIMOSA_")}
        own = {"HOME": str(self.home), "MIMOSA_STATE_DIR": str(self.home / "state"), "MIMOSA_BASE_URL": self.url}
        return inherited | own | {"MIMOSA_SANDBOX_BACKEND": "local", "PYTHONPATH": str(ROOT)}

    def __call__(self, *words: str | Path, stdin: str | None = None) -> Done:
        """`mimosa run WORDS`; without `stdin` nothing is piped in."""
        return self.mimosa("run", *words, stdin=stdin)

    def mimosa(self, *words: str | Path, stdin: str | None = None) -> Done:
        return subprocess.run(
            self.arguments(*words),
            cwd=self.repository,
            env=self.variables(),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def start(self, *words: str | Path, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.arguments("run", *words),
            cwd=self.repository,
            env=self.variables(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def sessions(self) -> list[str]:
        return sorted(path.name for path in (self.home / "state" / "sessions").glob("*"))
