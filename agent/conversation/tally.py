"""What a session has cost so far, counted as it goes on."""

from pathlib import Path
from typing import Self

from agent.events import BaseEvent, Compacted, Replied, UserRan, UserSaid
from agent.log import read_log
from model_runtime.base import Usage


class Tally:
    """Tokens of all requests, as the server counted them, and the seconds that they took. `said`: the user has
    said or run anything, so that there is something to keep."""

    def __init__(self) -> None:
        self.said = False
        self.read = 0
        self.cached = 0
        self.written = 0
        self.model_seconds = 0.0

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The tally of the session in `folder` up to now."""
        tally = cls()
        for record in read_log(folder):
            tally.add(record.event)
        return tally

    def since(self, earlier: "Tally") -> tuple[Usage, float]:
        """The tokens, and the seconds of waiting for them, that `earlier` did not have yet."""
        usage = Usage(
            prompt_tokens=self.read - earlier.read,
            cached_tokens=self.cached - earlier.cached,
            completion_tokens=self.written - earlier.written,
        )
        return usage, self.model_seconds - earlier.model_seconds

    def add(self, event: BaseEvent) -> None:
        """Count in an event; most cost nothing."""
        if isinstance(event, UserSaid | UserRan):
            self.said = True
        if not isinstance(event, Replied | Compacted):
            return
        self.read += event.usage.prompt_tokens
        self.cached += event.usage.cached_tokens
        self.written += event.usage.completion_tokens
        self.model_seconds += event.seconds
