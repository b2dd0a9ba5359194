"""One session in one line, from the two ends of its log: listing a thousand sessions must not read them all."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from agent.errors import SessionError
from agent.events import (
    FilesApplied,
    FilesFollowed,
    PointNamed,
    Record,
    ServerMeasured,
    SessionEnded,
    SessionStarted,
    TurnEnded,
    UserSaid,
)
from agent.log import FILE, check_version

BLOCK = 65_536
FIRST_LINES = 12
"""Where a conversation's first words are looked for."""
AFTERWARDS = (ServerMeasured, FilesApplied, FilesFollowed, PointNamed)
"""What may come after a turn, and changes nothing about how that ended."""
LAST_LINES = 5
"""So many of the last lines are looked at for one that tells how the session stands."""


@dataclass(frozen=True)
class SessionSummary:
    """`started` and `last` are Unix times. `state` is how the session stands, in one word: that of its last
    TurnEnded, "ended" with `exit_code` set, "unfinished" for one that was killed or still runs, "unreadable" with
    the reason in `problem`. `events` counts its log. `parent` is the session whose subagent it was, "" if none."""

    folder: Path
    state: str
    problem: str = ""
    command: str = ""
    task: str = ""
    repository: str = ""
    model: str = ""
    parent: str = ""
    started: float = 0.0
    last: float = 0.0
    events: int = 0
    exit_code: int | None = None

    @property
    def id(self) -> str:
        return self.folder.name


def summarise(folder: Path) -> SessionSummary:
    """Never raises for a damaged log: it says so in `problem`."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            first_line = file.readline()
            check_version(first_line, path)
            first = Record.model_validate_json(first_line)
            said = first_words(file)
            last, telling = last_records(file)
    except SessionError as error:
        return SessionSummary(folder, "unreadable", problem=str(error))
    except ValidationError:
        return SessionSummary(folder, "unreadable", problem=f"{path} is damaged.")
    except OSError as error:
        return SessionSummary(folder, "unreadable", problem=f"{path} cannot be read: {error.strerror}.")
    start = first.event
    if not isinstance(start, SessionStarted):
        return SessionSummary(folder, "unreadable", problem=f"{path} does not begin with session_started.")
    state, exit_code = state_of(telling)
    return SessionSummary(
        folder,
        state,
        command=start.command,
        task=start.task or said,
        repository=start.repository,
        model=start.model,
        parent=start.parent,
        started=first.at,
        last=last.at,
        events=last.n + 1,
        exit_code=exit_code,
    )


def state_of(telling: Record) -> tuple[str, int | None]:
    match telling.event:
        case SessionEnded(exit_code=exit_code):
            return "ended", exit_code
        case TurnEnded(reason=reason):
            return reason, None
        case _:
            return "unfinished", None


def first_words(file: BinaryIO) -> str:
    """What the user said first, read from the second line on; "" if that comes late."""
    for _, line in zip(range(FIRST_LINES), file, strict=False):
        if line.endswith(b"\n") and b'"user_said"' in line:
            event = Record.model_validate_json(line).event
            if isinstance(event, UserSaid) and event.by == "user":
                return event.message.content
    return ""


def last_records(file: BinaryIO) -> tuple[Record, Record]:
    """The very last record, and the last one that tells how the session stands."""
    lines = last_whole_lines(file) or (b"",)
    last = telling = Record.model_validate_json(lines[0])
    for line in lines[1:]:
        if not isinstance(telling.event, AFTERWARDS):
            break
        telling = Record.model_validate_json(line)
    return last, telling


def last_whole_lines(file: BinaryIO) -> tuple[bytes, ...]:
    """The last lines that have their end, the very last first, `LAST_LINES` at most; read backwards in blocks."""
    start = file.seek(0, os.SEEK_END)
    tail = b""
    while start > 0 and tail.count(b"\n") <= LAST_LINES:
        size = min(BLOCK, start)
        start -= size
        file.seek(start)
        tail = file.read(size) + tail
    whole = tail[: tail.rfind(b"\n") + 1].splitlines()
    if start > 0:
        whole = whole[1:]  # its beginning was not read
    return tuple(reversed(whole[-LAST_LINES:]))
