"""Which sessions can be gone on with."""

from collections.abc import Iterator
from pathlib import Path

from agent.errors import SessionError
from agent.place import ARCHIVE
from agent.session_summary import SessionSummary
from agent.store import SessionStore

CONVERSATIONS = ("chat", "run", "acp")
"""Commands whose sessions are conversations. A `fix` that was killed goes on by `mimosa fix --resume`."""


def open_here(store: SessionStore, repository: Path) -> Iterator[SessionSummary]:
    """Conversations of this repository whose copy of it is still there, the newest first."""
    for summary in store.summaries():
        here = summary.repository == str(repository) and (summary.folder / ARCHIVE).is_file()
        if here and summary.command in CONVERSATIONS:
            yield summary


def last_here(store: SessionStore, repository: Path) -> Path:
    """The folder of the newest of them that is a conversation. Raises SessionError."""
    newest = next((summary.folder for summary in open_here(store, repository)), None)
    if newest is None:
        raise SessionError(f"No conversation in {repository} can be gone on with yet. Start one: mimosa")
    return newest
