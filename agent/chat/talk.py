"""The conversation that a chat has open: opened in the background, changed for another by /resume or /model."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.load import Loaded
from agent.events import BaseEvent
from agent.permission.base import Asker, Mode
from agent.store import SessionStore
from sandbox.progress import Report

if TYPE_CHECKING:
    from agent.conversation.conversation import Conversation
    from agent.conversation.opening import Opening
    from agent.knowledge.assembly import Knowledge

EARLIER = 60
"""Events of a resumed session that are shown again."""


class Talk:
    def __init__(self, opening: "Opening", repository: Path, store: SessionStore) -> None:
        self.opening = opening
        self.repository = repository
        self.store = store
        self.conversation: Conversation | None = None
        self._mode: Mode = opening.loaded.settings.permission.mode
        self._said = ""
        self.knowledge: Knowledge | None = None
        self.tell: Callable[[str], None] = lambda _line: None
        """Gets lines for the user that no event brings: a hook that fails, a server that died."""

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
        self.knowledge = Knowledge(os.environ, self.tell)
        self.conversation = await Conversation.open(
            opening, self.store, asker=asker, assemble=self.knowledge, report=report
        )

    async def change(self, opening: "Opening") -> None:
        """Close what is open; the next `open` opens `opening`."""
        self._mode = self.mode
        await self.close()
        self.opening = opening

    def earlier(self) -> list[BaseEvent]:
        """The last events of a session that goes on."""
        from agent.log import read_log

        if self.conversation is None or self.conversation.opened.new:
            return []
        return [record.event for record in read_log(self.conversation.folder)[-EARLIER:]]

    async def shell(self, command: str, show: Callable[[BaseEvent], None]) -> None:
        """Run a command of the user's in the sandbox."""
        raise NotImplementedError(command, show)

    async def close(self) -> None:
        conversation, self.conversation = self.conversation, None
        if conversation is not None:
            if conversation.opened.session.begun:
                self._said = conversation.id
            await conversation.close()

    @property
    def left(self) -> str:
        """The id of the last session in which something was said, once it is closed."""
        return self._said
