"""The journal's writing end: one line an event, on disk before anybody is told.

Each append is one write without a buffer of our own, so a line survives a `kill -9`; what ends an attempt is also
forced to the platter. A line that the disk did not take whole is taken back.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from agent.append import append_whole
from agent.errors import SessionError
from agent.lock import FolderLock
from evals.errors import EvalError, EvalInfrastructure
from evals.running.folder import RunFolder
from evals.running.reading import read_journal
from evals.running.records import AttemptEnded, AttemptGraded, JournalEvent, JournalLine, RunEnded

FORCED = (AttemptEnded, AttemptGraded, RunEnded)


class Journal:
    """Appends to the journal of one run, which it holds a lock on. `lines` is all of it, old and new."""

    def __init__(self, folder: RunFolder, clock: Callable[[], float] = time.time) -> None:
        """Begin a journal, or go on with one: a torn last line is cut off first. Raises EvalError."""
        self._lock = _locked(folder)
        self._clock = clock
        try:
            self.lines = list(_whole_lines(folder.journal))
            self._file = os.open(folder.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except BaseException:
            self._lock.release()
            raise

    def append(self, event: JournalEvent) -> JournalLine:
        """Raises EvalInfrastructure if the disk does not take the line; the journal is then as it was."""
        line = JournalLine(n=len(self.lines), at=self._clock(), event=event)
        self._write(line.model_dump_json().encode() + b"\n")
        if isinstance(event, FORCED):
            os.fsync(self._file)
        self.lines.append(line)
        return line

    def close(self) -> None:
        """Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            self._lock.release()

    def _write(self, data: bytes) -> None:
        try:
            append_whole(self._file, data)
        except OSError as error:
            raise EvalInfrastructure("disk", f"The journal cannot be written: {error.strerror}.") from error


def _locked(folder: RunFolder) -> FolderLock:
    try:
        return FolderLock(folder.path)
    except SessionError as error:
        raise EvalError(f"The run {folder.id} is going on in another process. Wait for it to end.") from error
    except OSError as error:
        raise EvalError(f"The run's folder {folder.path} cannot be written: {error.strerror}.") from error


def _whole_lines(path: Path) -> tuple[JournalLine, ...]:
    if not path.exists():
        return ()
    lines, good_bytes = read_journal(path)
    with path.open("rb+") as file:
        file.truncate(good_bytes)
    return lines
