"""A repository of about 50 MB as such repositories are: thousands of text files in folders, several commits."""

import random
import subprocess
from pathlib import Path

FILES = 4000
COMMITS = 6
BYTES = 50_000_000
LINES = 20_000
LINES_A_FILE = 250
"""Different lines in one file. With so many, the text compresses like Python source: to less than a third."""
EDITED = 40
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
    """Fill `folder`. The text is drawn from a fixed seed: the same files every time.

    All but the last commit are packed, as after a clone; the last one edits a few files, and is loose.
    """
    draw = random.Random(20)
    lines = [
        " " * draw.choice((0, 4, 8)) + " ".join(draw.choices(WORDS, k=draw.randint(1, 14))) for _ in range(LINES)
    ]
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(FILES):
        write_file(path_of(folder, number), draw, lines)
        if (number + 1) % (FILES // (COMMITS - 1)) == 0:
            commit_all(folder, f"files up to {number}")
    git(folder, "repack", "-adq")
    for number in draw.sample(range(FILES), EDITED):
        write_file(path_of(folder, number), draw, lines)
    commit_all(folder, f"edit {EDITED} files")


def path_of(folder: Path, number: int) -> Path:
    return folder / f"package_{number % 40}" / f"part_{number % 7}" / f"file_{number}.py"


def write_file(path: Path, draw: random.Random, lines: list[str]) -> None:
    size = int(draw.expovariate(FILES / BYTES)) + 1
    own = draw.choices(lines, k=LINES_A_FILE)
    text: list[str] = []
    while size > 0:
        text.append(draw.choice(own))
        size -= len(text[-1]) + 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(text) + "\n", encoding="utf-8")


def commit_all(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-gpg-sign", "--message", message)


def git(folder: Path, *arguments: str) -> None:
    person = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@mimosa.invalid")
    subprocess.run(["git", *person, *arguments], cwd=folder, check=True)


def size_mb(folder: Path) -> float:
    """Megabytes (10^6 bytes) of the working tree, git's own folder not counted."""
    files = (path for path in folder.rglob("*") if ".git" not in path.parts and path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6
