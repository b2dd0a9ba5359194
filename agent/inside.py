"""Reading files of a repository that nobody has vouched for: never one that lies outside of it."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path


class OutsideTree(Exception):
    """A path leads out of the tree it belongs to, or into git's own folder; the text says where to."""


@dataclass(frozen=True)
class Read:
    """A text file's beginning. `size` is the whole file's in bytes; `text` is cut if that is more than was asked
    for, and what is not UTF-8 in it is replaced."""

    text: str
    size: int
    cut: bool


def read_inside(root: Path, path: str, most: int) -> Read:
    """At most `most` bytes of the file at `path`, relative to `root`; links are followed as long as they stay
    inside. Raises OutsideTree and OSError."""
    top = root.resolve()
    real = (top / path).resolve(strict=True)
    if not real.is_relative_to(top) or ".git" in real.relative_to(top).parts:
        raise OutsideTree(f"{path} leads out of the repository, to {real}")
    # Neither following a link that was put there since, nor waiting for a pipe's other end.
    descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise OutsideTree(f"{path} is not a regular file")
        data = file.read(most + 1)
    text = data[:most].decode("utf-8-sig", errors="ignore" if len(data) > most else "replace")
    return Read(text, facts.st_size, len(data) > most)
