"""The newest sessions of a store, each in a few figures."""

from pathlib import Path

from agent.errors import SessionError
from agent.export.summary import Summary, summarize
from agent.export.table import Listed
from agent.log import read_log
from agent.store import SessionStore


def list_sessions(store: SessionStore, most: int = 20) -> tuple[Listed, ...]:
    """The `most` newest sessions, newest first; 0 for all. Each log is read whole, for its tokens and its verdict.
    One that cannot be read is listed with the reason."""
    ids = store.ids()
    return tuple(_listed(store.folder / name) for name in (ids[:most] if most else ids))


def _listed(folder: Path) -> Listed:
    try:
        return Listed(folder.name, summary_of(folder))
    except SessionError as error:
        return Listed(folder.name, None, str(error))


def summary_of(folder: Path) -> Summary:
    """Raises SessionError if the log cannot be read."""
    return summarize(read_log(folder))
