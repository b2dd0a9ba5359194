"""Where sessions live: one folder each, private to the user."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import SessionError
from agent.log import FILE
from agent.session_summary import SessionSummary, summarise
from agent.state import state_folder

# Without letters and digits that look alike.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class SessionStore:
    """The sessions of one state directory, `root/sessions/<id>/`. An id is the time of its start in UTC and four
    random characters: 20261105-143512-k3fq. It sorts by time; any unique beginning, or the four characters alone,
    is enough to find it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "sessions"

    @classmethod
    def of_user(cls, environment: Mapping[str, str] = os.environ) -> "SessionStore":
        """Those in `state_folder`."""
        return cls(state_folder(environment))

    def new(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Path:
        """Make the folder of a new session; its name is the id. Raises SessionError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            while True:
                folder = self.folder / new_id(now())
                try:
                    folder.mkdir(mode=0o700)
                except FileExistsError:
                    continue
                return folder
        except OSError as error:
            raise SessionError(
                f"No session can be stored in {self.folder}: {error.strerror}. "
                "Make it writable, or set MIMOSA_STATE_DIR to another folder."
            ) from error

    def ids(self) -> list[str]:
        """Newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((path.name for path in self.folder.iterdir() if (path / FILE).is_file()), reverse=True)

    def summaries(self) -> Iterator[SessionSummary]:
        """Newest first. Reads the two ends of each log only; a log that cannot be read is listed as such."""
        for id_ in self.ids():
            yield summarise(self.folder / id_)

    def find(self, name: str) -> Path:
        """The folder of the session whose id begins with `name`, or ends with it after the last hyphen. "last" is
        the newest that is no subagent's. Raises SessionError, and says what there is."""
        ids = self.ids()
        if name == "last" and ids:
            people = (summary.folder for summary in self.summaries() if summary.command != "task")
            return next(people, self.folder / ids[0])
        found = [id_ for id_ in ids if name and (id_.startswith(name) or id_.rpartition("-")[2] == name)]
        if len(found) == 1:
            return self.folder / found[0]
        if found:
            raise SessionError(f"{name!r} fits {len(found)} sessions: {shown(found)}. Type more of the id.")
        if not ids:
            raise SessionError(f"There is no session {name!r}: {self.folder} holds none yet.")
        raise SessionError(f"There is no session {name!r}. The newest are: {shown(ids)}.")


def new_id(now: datetime) -> str:
    return f"{now:%Y%m%d-%H%M%S}-{''.join(secrets.choice(ALPHABET) for _ in range(4))}"


def shown(ids: list[str], most: int = 5) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
