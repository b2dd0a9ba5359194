"""A session's events as they are on disk: one JSON object a line, byte for byte."""

from pathlib import Path

from agent.errors import SessionError
from agent.log import FILE, read_records


def jsonl(folder: Path) -> bytes:
    """The whole lines of the log; a torn last line is left out. Raises SessionError if the log cannot be read."""
    path = folder / FILE
    _, good_bytes = read_records(path)  # what is exported can be read again
    try:
        with path.open("rb") as file:
            return file.read(good_bytes)
    except OSError as error:
        raise SessionError(f"The session log {path} cannot be read: {error.strerror}.") from error
