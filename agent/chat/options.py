"""What `mimosa` was started with."""

from dataclasses import dataclass
from pathlib import Path

PICK = "?"
"""`--resume` without an id: choose from a list."""


@dataclass(frozen=True)
class ChatOptions:
    """session: "" for a new one, "last", an id, or PICK. mode: "" for that of the settings."""

    repository: Path
    session: str = ""
    fork: bool = False
    mode: str = ""

    @property
    def picks(self) -> bool:
        return self.session == PICK

    @property
    def chosen(self) -> str:
        return "" if self.picks else self.session
