"""A repository of about 50 MB as such repositories are: thousands of text files in folders, several commits."""

import random
import subprocess
from pathlib import Path

FILES = 4000
COMMITS = 5
BYTES = 50_000_000
LINES = 20_000
WORDS = (
    "self",
    "return",
    "value",
    "def",
    "import",
    "for",
    "in",
    "if",
    "not",
    "None",
    "result",
    "index",
    "path",
    "name",
    "data",
    "error",
    "raise",
    "with",
    "open",
    "list",
    "dict",
    "state",
    "event",
    "token",
    "=",
    "+",
    "(x)",
    "class",
    "yield",
    "await",
    "config",
    "cache",
    "node",
    "parse",
    "write",
    "read",
    "test",
    "assert",
    "buffer",
)


def make(folder: Path) -> None:
    """Fill `folder`. The text is drawn from a fixed seed: the same files every time."""
    draw = random.Random(20)
    lines = [
        " " * draw.choice((0, 4, 8)) + " ".join(draw.choices(WORDS, k=draw.randint(1, 14))) for _ in range(LINES)
    ]
    average = BYTES // FILES
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(FILES):
        write_file(
            folder / f"package_{number % 40}" / f"part_{number % 7}" / f"file_{number}.py", draw, lines, average
        )
        if (number + 1) % (FILES // COMMITS) == 0:
            git(folder, "add", "--all")
            git(folder, "commit", "--quiet", "--no-gpg-sign", "--message", f"files up to {number}")


def write_file(path: Path, draw: random.Random, lines: list[str], average: int) -> None:
    size = int(draw.expovariate(1 / average)) + 1
    path.parent.mkdir(parents=True, exist_ok=True)
    text: list[str] = []
    while size > 0:
        text.append(draw.choice(lines))
        size -= len(text[-1]) + 1
    path.write_text("\n".join(text) + "\n", encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    person = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@mimosa.invalid")
    subprocess.run(["git", *person, *arguments], cwd=folder, check=True)


def size_mb(folder: Path) -> float:
    """Megabytes (10^6 bytes) of the working tree, git's own folder not counted."""
    files = (path for path in folder.rglob("*") if ".git" not in path.parts and path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6
