"""The repository's files for `@file`: git's list, found by a few letters."""

import os
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path

FRESH_S = 5.0
"""Seconds after which the list is read again."""
MOST = 50
"""Completions at once."""
READ_TIMEOUT_S = 20
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")


class FileList:
    """Files that git knows or would add, relative to the repository's top folder. It is read in the background:
    the first question after a while gets the old list."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._names: tuple[str, ...] = ()
        self._read_at = -FRESH_S
        self._reading = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        if time.monotonic() - self._read_at > FRESH_S:
            self.look_soon()
        return self._names

    def look_soon(self) -> None:
        """Begin to read the list anew."""
        threading.Thread(target=self.refresh, daemon=True).start()

    def refresh(self) -> None:
        """Read the list anew; blocks."""
        if not self._reading.acquire(blocking=False):
            return
        try:
            command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            done = subprocess.run(
                command,
                cwd=self._repository,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=READ_TIMEOUT_S,
                check=True,
            )
            self._names = tuple(dict.fromkeys(os.fsdecode(name) for name in done.stdout.split(b"\0") if name))
        except (OSError, subprocess.SubprocessError):
            self._names = ()  # no completion is no reason to stop anybody's typing
        finally:
            self._read_at = time.monotonic()
            self._reading.release()


def best_matches(letters: str, names: Iterable[str], most: int = MOST) -> list[str]:
    """The names that hold `letters` in their order, the best first: in the last part, in one piece, early."""
    wanted = letters.lower()
    if not wanted:
        return sorted(names, key=lambda name: (name.count("/"), name))[:most]
    ranked = [(rank, len(name), name) for name in names if (rank := _rank(wanted, name.lower())) is not None]
    return [name for _, _, name in sorted(ranked)[:most]]


def _rank(wanted: str, name: str) -> tuple[int, int] | None:
    base = name.rpartition("/")[2]
    if (at := base.find(wanted)) >= 0:
        return (0, at)
    if (at := name.find(wanted)) >= 0:
        return (1, at)
    if _in_order(wanted, base):
        return (2, 0)
    return (3, 0) if _in_order(wanted, name) else None


def _in_order(wanted: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in wanted)
