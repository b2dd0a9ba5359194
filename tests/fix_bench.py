"""The installed `mimosa` command, run as a user runs it, on a small repository with a bug."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from model_server import Call, ModelServer, Reply

BUGGY = "def middle(numbers):\n    return sorted(numbers)[len(numbers) // 2 + 1]\n"
FIXED = "def middle(numbers):\n    return sorted(numbers)[len(numbers) // 2]\n"
TEST = "from stats import middle\n\n\ndef test_three():\n    assert middle([3, 1, 2]) == 2\n"
OTHER_TEST = "from stats import middle\n\n\ndef test_callable():\n    assert callable(middle)\n"
ISSUE = "middle([3, 1, 2]) gives 3, it should be 2"

EDIT = Call("str_replace", {"path": "stats.py", "old_str": "// 2 + 1]", "new_str": "// 2]"})
RUN_TESTS = Call("bash", {"command": "python3 -m pytest -q"})
FINISH = Call("finish", {"summary": "The index was one too high."})


def works() -> tuple[Reply, ...]:
    """A model that repairs the bug in three replies."""
    return (
        Reply(reasoning="I look first.", calls=(Call("bash", {"command": "cat stats.py"}),)),
        Reply(reasoning="One too high.", calls=(EDIT, RUN_TESTS)),
        Reply(reasoning="Done.", calls=(FINISH,)),
    )


def wait_for_requests(server: ModelServer, count: int, seconds: float = 60.0) -> None:
    """Until the server was asked `count` times."""
    deadline = time.monotonic() + seconds
    while len(server.asked) < count:
        assert time.monotonic() < deadline, f"asked {len(server.asked)} times in {seconds} s, expected {count}"
        time.sleep(0.02)


def git(repository: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=repository, check=True, capture_output=True, text=True
    )
    return done.stdout


def make_repository(root: Path, files: Mapping[str, str]) -> Path:
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    return root


@dataclass
class Mimosa:
    """Runs the command with its state and configuration in `home`."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "agent.cli", *map(str, arguments)]

    def variables(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIMOSA_")}
        own = {"HOME": str(self.home), "MIMOSA_STATE_DIR": str(self.home / "state"), "COLUMNS": "120"}
        return inherited | {"PYTHONPATH": str(Path(__file__).parents[1])} | own | self.environment

    def __call__(self, *arguments: str | Path, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            input=stdin,
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=100,
        )

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments),
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def sessions(self) -> list[Path]:
        return sorted((self.home / "state" / "sessions").glob("*"))
