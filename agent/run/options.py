"""What `mimosa run` was started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunOptions:
    """The command line's options, as they were given; what is a setting is not among them. `session`: "" for a new
    one, "last", an id, or "?" where --resume came without one."""

    text: str | None = None
    repository: Path = Path()
    session: str = ""
    fork: bool = False
    apply: bool = False
    json: bool = False
    stream_json: bool = False

    @property
    def quiet(self) -> bool:
        """Whether standard output is for a program."""
        return self.json or self.stream_json

    @property
    def only_applies(self) -> bool:
        """Whether nothing is to be said: a session's changes are brought over, and that is all."""
        return bool(self.session) and self.apply and self.text is None
