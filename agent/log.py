"""The session log: one JSON line an event, on disk before anybody sees the event.

Each append is one write to the file, without a buffer of our own, so that what was shown survives a `kill -9` of
this program. It is not forced to the platter at each line: a power cut may cost the last seconds, and `close` and
the end of each turn force it.
"""

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from agent.append import append_whole
from agent.errors import SessionError
from agent.events import FORMAT_VERSION, Event, Record, SessionStarted, TurnEnded
from agent.lock import FolderLock

FILE = "events.jsonl"


class SessionLog:
    """Appends to the log of one session folder, which it holds a lock on. `earlier` are the records that were
    there when it was opened."""

    def __init__(
        self, path: Path, lock: FolderLock, earlier: tuple[Record, ...], clock: Callable[[], float]
    ) -> None:
        self.earlier = earlier
        self._path = path
        self._lock = lock
        self._next = len(earlier)
        self._clock = clock
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    @classmethod
    def create(cls, folder: Path, clock: Callable[[], float] = time.time) -> Self:
        """Begin the log of a new session. Raises SessionError if there is one."""
        lock = FolderLock(folder)
        path = folder / FILE
        if path.exists():
            lock.release()
            raise SessionError(f"There is already a session in {folder}. Resume it, or start a new one.")
        return cls(path, lock, (), clock)

    @classmethod
    def reopen(cls, folder: Path, clock: Callable[[], float] = time.time) -> Self:
        """Go on with a log: a torn last line is cut off first. Raises SessionError."""
        lock = FolderLock(folder)
        path = folder / FILE
        try:
            records, good_bytes = read_records(path)
            with path.open("rb+") as file:
                file.truncate(good_bytes)
        except (SessionError, OSError):
            lock.release()
            raise
        return cls(path, lock, records, clock)

    def append(self, *events: Event) -> None:
        """Write the events that are kept, all with one write. Raises SessionError if the disk does not take them;
        the log is then as it was."""
        records = [
            Record(n=self._next + index, at=self._clock(), event=event)
            for index, event in enumerate(event for event in events if event.logged)
        ]
        if not records:
            return
        self.copy(records)
        if any(isinstance(event, TurnEnded) for event in events):
            os.fsync(self._file)

    def copy(self, records: Sequence[Record]) -> None:
        """Write records as they are, with their numbers and times: those of another log's beginning."""
        self._write(b"".join(record.model_dump_json().encode() + b"\n" for record in records))
        self._next += len(records)

    def close(self) -> None:
        """Safe to call twice."""
        if self._file < 0:
            return
        os.fsync(self._file)
        os.close(self._file)
        self._file = -1
        self._lock.release()

    def _write(self, data: bytes) -> None:
        try:
            append_whole(self._file, data)
        except OSError as error:
            raise SessionError(
                f"The session log {self._path} cannot be written: {error.strerror}. "
                "What was logged before is safe; free some space and resume the session."
            ) from error


def read_log(folder: Path) -> tuple[Record, ...]:
    """All whole records of a session folder. Raises SessionError."""
    return read_records(folder / FILE)[0]


def read_records(path: Path) -> tuple[tuple[Record, ...], int]:
    """The records, and how many bytes they take. A last line without its end was never shown to anybody: it is
    dropped."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SessionError(f"The session log {path} cannot be read: {error.strerror}.") from error
    good_bytes = data.rfind(b"\n") + 1
    lines = data[:good_bytes].split(b"\n")[:-1]
    if not lines:
        raise SessionError(
            f"The session log {path} is empty: the session ended before it began. Delete its folder."
        )
    check_version(lines[0], path)
    return tuple(parse_lines(lines, path)), good_bytes


def check_version(line: bytes, path: Path) -> None:
    """Before anything else, so that a log of a later version is told from a broken one."""
    try:
        version = json.loads(line)["event"]["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise SessionError(
            f"{path} is no session log of Mimosa: its first line does not say its version."
        ) from error
    if version != FORMAT_VERSION:
        raise SessionError(
            f"{path} has format version {version}, and this Mimosa reads version {FORMAT_VERSION}. "
            "Use the Mimosa that wrote it."
        )


def parse_lines(lines: Iterable[bytes], path: Path) -> Iterable[Record]:
    for number, line in enumerate(lines, start=1):
        try:
            record = Record.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise SessionError(f"{path}, line {number}, is damaged: {where}: {first['msg']}.") from error
        if number == 1 and not isinstance(record.event, SessionStarted):
            raise SessionError(f"{path} is no session log of Mimosa: it does not begin with session_started.")
        yield record
