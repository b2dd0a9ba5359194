"""A copy of a session up to some point, to go on from there another way."""

import os
import shutil
from pathlib import Path

from agent.errors import SessionError
from agent.events import MessageQueued, Record, SessionForked, SessionStarted
from agent.lock import FILE as LOCK
from agent.log import FILE as LOG
from agent.log import SessionLog, read_log
from agent.queued import queued
from agent.store import SessionStore


def fork_session(store: SessionStore, folder: Path, events: int | None = None) -> Path:
    """A new session folder with the first `events` events of the one in `folder` (all of them if None), which may
    be in use meanwhile. Raises SessionError."""
    records = read_log(folder)
    if events is not None and not 1 <= events <= len(records):
        raise SessionError(f"The session {folder.name} has {len(records)} events; it cannot be cut at {events}.")
    new = store.new()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_dir():
            (new / relative).mkdir(mode=0o700, exist_ok=True)
        elif relative.parts[0] not in (LOCK, LOG):
            share(path, new / relative)
    log = SessionLog.create(new)
    log.copy(renamed(records[:events], new.name))
    waiting = queued(record.event for record in records) if events is None else []
    log.append(SessionForked(parent=folder.name), *(MessageQueued(message=message) for message in waiting))
    log.close()
    return new


def renamed(records: tuple[Record, ...], session: str) -> tuple[Record, ...]:
    """The same records under another id."""
    first = records[0]
    assert isinstance(first.event, SessionStarted), "read_records checks it"
    start = first.event.model_copy(update={"session": session})
    return (first.model_copy(update={"event": start}), *records[1:])


def share(source: Path, target: Path) -> None:
    """The same file under a second name, or a copy where the file system has no such thing. Files of a session are
    replaced, never written into, so a shared one cannot change."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
