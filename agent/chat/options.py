"""What `mimosa` was started with."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.permission.base import Mode

PICK = "?"
"""`--resume` without an id: choose from a list."""


@dataclass(frozen=True)
class ChatOptions:
    """session: "" for a new one, "last", an id, or PICK. mode: "" for the default."""

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

    def checked_mode(self) -> "Mode":
        """Raises UsageError."""
        from agent.permission.base import MODES

        for mode in MODES:
            if mode == (self.mode or "ask"):
                return mode
        raise UsageError(f"--mode is one of {', '.join(MODES)}, not {self.mode}.")
