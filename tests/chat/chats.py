"""One user at a desk: a home, a repository with a bug, a model, and the chat in terminals of any size."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from terminal import Terminal

ROOT = Path(__file__).parents[2]
FILES = {
    "stats.py": "def middle(numbers):\n    return sorted(numbers)[len(numbers) // 2 + 1]\n",
    "src/reader.py": "def read(path):\n    return open(path).read()\n",
    "docs/read me.md": "# Read me\n",
}
PROMPT = "\u203a"
READY = " left"
"""Stands in the status line as soon as the session is open."""


def git(repository: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=repository, check=True, capture_output=True, text=True
    )
    return done.stdout


@dataclass(frozen=True)
class Desk:
    home: Path
    repository: Path
    url: str
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, root: Path, files: Mapping[str, str], url: str) -> Self:
        repository = root / "repo"
        repository.mkdir()
        (root / "home").mkdir()
        git(repository, "init", "-q", "-b", "main")
        for name, text in files.items():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_text(text)
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", "first")
        return cls(root / "home", repository, url)

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def sessions(self) -> list[Path]:
        return sorted((self.state / "sessions").glob("*"))

    def chat(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        mode: str = "auto",
        sandbox: str = "local",
        variables: Mapping[str, str] | None = None,
        kind: type[Terminal] = Terminal,
    ) -> Terminal:
        """`mimosa`, in a new terminal."""
        command = self.command(*arguments, mode=mode, sandbox=sandbox)
        return kind(command, self.environment(variables or {}), folder=self.repository, columns=columns, rows=rows)

    def command(self, *arguments: str, mode: str = "auto", sandbox: str = "local") -> list[str]:
        options = ["--base-url", self.url, "--sandbox", sandbox, *arguments]
        return [sys.executable, "-m", "agent.cli", *options, *(["--mode", mode] if mode else [])]

    def configure(self, toml: str) -> None:
        """Write the user's own configuration."""
        folder = self.home / ".config" / "mimosa"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(toml)

    def bare_chat(self, *arguments: str, columns: int = 80, rows: int = 24) -> Terminal:
        """`mimosa` with the configuration that there is."""
        command = [sys.executable, "-m", "agent.cli", *arguments]
        return Terminal(command, self.environment({}), folder=self.repository, columns=columns, rows=rows)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = ("PATH", "LANG", "TMPDIR")
        inherited = {name: os.environ[name] for name in kept if name in os.environ}
        own = {
            "HOME": str(self.home),
            "MIMOSA_STATE_DIR": str(self.state),
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
            "XTERM_VERSION": "XTerm(390)",  # pyte cuts lines off as xterm does
            "LANG": "C.UTF-8",
        }
        return inherited | own | self.variables | dict(more)
