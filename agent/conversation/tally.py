"""What a session has cost so far, counted as it goes on."""

from contextlib import suppress
from pathlib import Path
from typing import Self

from agent.errors import SessionError
from agent.events import BaseEvent, Compacted, Replied, ToolFinished, UserRan, UserSaid
from agent.log import read_log
from agent.subagents.report import session_of
from model_runtime.base import Usage


class Tally:
    """Tokens of all requests, its subagents' too, as the server counted them, and the seconds that they took.
    `said`: the user has said or run anything, so that there is something to keep."""

    def __init__(self, sessions: Path) -> None:
        """`sessions` is the folder of all sessions."""
        self.said = False
        self._sessions = sessions
        self.read = 0
        self.cached = 0
        self.written = 0
        self.model_seconds = 0.0

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The tally of the session in `folder` up to now."""
        tally = cls(folder.parent)
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
        match event:
            case UserSaid() | UserRan():
                self.said = True
            case Replied(usage=usage, seconds=seconds) | Compacted(usage=usage, seconds=seconds):
                self._pay(usage, seconds)
            case ToolFinished(call=call, message=message) if call.name.strip() == "task":
                self._add_subagent(session_of(message.content))

    def _add_subagent(self, session: str) -> None:
        if session:
            with suppress(SessionError):  # somebody removed its log
                self._pay(*Tally.of(self._sessions / session).since(Tally(self._sessions)))

    def _pay(self, usage: Usage, seconds: float) -> None:
        self.read += usage.prompt_tokens
        self.cached += usage.cached_tokens
        self.written += usage.completion_tokens
        self.model_seconds += seconds
