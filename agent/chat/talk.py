"""The conversation that a chat has open: opened in the background, changed for another by /resume or /model."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.chat.composer.mentions import resolved
from agent.config.load import Loaded, load_settings
from agent.events import BaseEvent, MessageQueued
from agent.permission.base import Asker, Mode
from agent.store import SessionStore
from sandbox.progress import Report

if TYPE_CHECKING:
    from agent.conversation.conversation import Conversation
    from agent.conversation.opening import Opening
    from agent.knowledge.assembly import Knowledge
    from model_runtime.metrics.session import SessionFigures

EARLIER = 60
"""Events of a resumed session that are shown again."""


def words_of(text: str, repository: Path) -> str:
    """What becomes of a line: a command of the user's own as it is run, a message as the model reads it."""
    return f"!{text[1:].strip()}" if text.startswith("!") else resolved(text, repository)[0]


def nobody(_line: str) -> None:
    """Nobody listens yet."""


@dataclass
class Talk:
    """`flags` are the command line's settings. `picks`: a session is chosen from a list first. `tell` gets lines
    for the user that no event brings: a hook that fails, a server that died."""

    opening: "Opening"
    repository: Path
    store: SessionStore
    flags: Mapping[str, object]
    picks: bool = False
    tell: Callable[[str], None] = nobody
    conversation: "Conversation | None" = None
    knowledge: "Knowledge | None" = None
    ahead: list[str] = field(default_factory=list)
    """The lines that the session's log has as waiting."""
    left: str = ""
    """The last session in which something was said, once it is closed."""
    took: "SessionFigures | None" = None
    """What that one took of its server; None where nobody can tell."""

    def __post_init__(self) -> None:
        self._mode: Mode = self.loaded.settings.permission.mode

    @property
    def loaded(self) -> Loaded:
        return self.opening.loaded

    @property
    def mode(self) -> Mode:
        return self.conversation.permissions.mode if self.conversation else self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if self.conversation:
            self.conversation.permissions.mode = mode

    async def open(self, asker: Asker, report: Report) -> None:
        """Raises MIMOSA_ERRORS; it can be tried again."""
        from agent.conversation.conversation import Conversation
        from agent.knowledge.assembly import Knowledge

        opening = replace(self.opening, mode=self._mode)
        knowledge = Knowledge(os.environ, lambda line: self.tell(line))
        self.conversation = await Conversation.open(
            opening, self.store, asker=asker, assemble=knowledge, report=report
        )
        self.knowledge = knowledge
        self.ahead = list(self.conversation.typed_ahead)

    def opening_with(self, flags: Mapping[str, object]) -> "Opening":
        """How this session is opened again under other settings. Raises UsageError."""
        flags = {**self.flags, **flags}
        loaded = load_settings(self.repository, os.environ, flags)
        self.flags = flags
        session = self.conversation.id if self.conversation and self.begun else ""
        return replace(self.opening, loaded=loaded, session=session, fork=False, events=None)

    async def change(self, opening: "Opening") -> None:
        """Close what is open; the next `open` opens `opening`."""
        self._mode = self.mode
        if self.conversation is not None and opening.session != self.conversation.id:
            for text in tuple(self.ahead):  # they come along
                self.take(text)
        await self.close()
        self.opening = opening

    def earlier(self) -> list[BaseEvent]:
        """The last events of a session that goes on."""
        from agent.log import read_log
        from agent.rewinding import standing_numbers

        if self.conversation is None or self.conversation.opened.new:
            return []
        events = [record.event for record in read_log(self.conversation.folder)]
        return [events[number] for number in standing_numbers(events)[-EARLIER:]]

    @property
    def waiting(self) -> list[MessageQueued]:
        """What was said in it before, and the model has not read yet."""
        said = self.conversation.waiting if self.conversation else ()
        return [MessageQueued(message=message) for message in said]

    def queue(self, text: str) -> None:
        """A line waits: it goes into the log of the session that is open. Raises SessionError."""
        if self.conversation is not None:
            self.ahead.append(text)
            self.conversation.queue(text, words_of(text, self.repository))

    def take(self, text: str) -> None:
        """It waits no more, and is not said. Raises SessionError."""
        if text in self.ahead:
            self.said(text)
            if self.conversation is not None:
                self.conversation.take(text)

    def said(self, text: str) -> None:
        """It waits no more: the log has what became of it."""
        if text in self.ahead:
            self.ahead.remove(text)

    @property
    def begun(self) -> bool:
        """Whether anything was said or run in the session that is open."""
        return self.conversation is not None and self.conversation.begun

    async def close(self) -> None:
        conversation, self.conversation = self.conversation, None
        if conversation is not None:
            begun = conversation.begun
            took = await conversation.close()
            if begun:
                self.left, self.took = conversation.id, took
