"""Old sessions' working copies: what resuming needs, and showing, exporting and counting do not."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.conversation.three_trees import STORE
from agent.errors import SessionError
from agent.lock import FolderLock
from agent.place import ARCHIVE
from agent.session_summary import SessionSummary
from agent.store import SessionStore

COPIES = (ARCHIVE, STORE)
"""What went into the sandbox, and the store of the user's files. Logs and patches stay."""


@dataclass(frozen=True)
class Pruned:
    """A session, and how many bytes its working copies take; `in_use`: it is open, so they stay."""

    session: SessionSummary
    bytes: int
    in_use: bool = False


def prune(store: SessionStore, before: float, *, keep: int = 0, dry: bool = False) -> Iterator[Pruned]:
    """Remove the working copies of sessions that have ended or were last used before `before` (Unix time), the
    newest first; those of the `keep` newest that have any stay. `dry`: only say which. Raises SessionError."""
    having = (summary for summary in store.summaries() if any((summary.folder / name).exists() for name in COPIES))
    for number, summary in enumerate(having):
        old = summary.state == "ended" or summary.last < before
        if number >= keep and old and summary.state != "unreadable":
            yield _prune(summary, dry=dry)


def _prune(summary: SessionSummary, *, dry: bool) -> Pruned:
    size = _size(summary.folder)
    try:
        lock = FolderLock(summary.folder)
    except SessionError:
        return Pruned(summary, size, in_use=True)
    try:
        if not dry:
            (summary.folder / ARCHIVE).unlink(missing_ok=True)  # first: without it nobody resumes it half-way
            for name in COPIES[1:]:
                shutil.rmtree(summary.folder / name, ignore_errors=True)
    except OSError as error:
        raise SessionError(f"{error.filename} cannot be removed: {error.strerror}.") from error
    finally:
        lock.release()
    return Pruned(summary, size)


def _size(folder: Path) -> int:
    """Bytes that removing would free: a file that a copy of the session shares stays there."""
    files = [folder / ARCHIVE, *(path for name in COPIES[1:] for path in (folder / name).rglob("*"))]
    facts = [path.stat() for path in files if path.is_file()]
    return sum(fact.st_size for fact in facts if fact.st_nlink == 1)
