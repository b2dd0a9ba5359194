"""A session that somebody talks to. Everything on a screen is the screen's own."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Self

from agent.conversation.equipment import Assemble, bare
from agent.conversation.opening import Opened, Opening, opened
from agent.conversation.standing import Standing
from agent.conversation.tally import Tally
from agent.events import Event, TurnEnded
from agent.permission.base import Asker
from agent.permission.permissions import Permissions
from agent.store import SessionStore
from sandbox.progress import Report, silent


class Conversation:
    """One open session.

        conversation = await Conversation.open(Opening(Path(), loaded), asker=screen, report=screen.progress)
        async with aclosing(conversation.say("what does this do?")) as events:
            async for event in events: ...
        await conversation.close()

    `open` takes from half a second to minutes: a screen starts it as a task and shows its prompt at once.
    While a turn goes on, `steer` and `interrupt` may be called from another task; everything else waits for
    its end.
    """

    def __init__(self, opened: Opened) -> None:
        """For `open`."""
        self.opened = opened
        self.permissions: Permissions = opened.permissions
        self._session = opened.session
        self._tally = Tally.of(opened.session.folder)
        self._closed = False

    @classmethod
    async def open(
        cls,
        opening: Opening,
        store: SessionStore | None = None,
        *,
        asker: Asker | None = None,
        assemble: Assemble = bare,
        report: Report = silent,
    ) -> Self:
        """Open the session that `opening` names; see `opened` for what it raises and reports."""
        store = store or SessionStore.of_user()
        return cls(await opened(opening, store, asker=asker, assemble=assemble, report=report))

    @property
    def id(self) -> str:
        return self._session.id

    @property
    def folder(self) -> Path:
        return self._session.folder

    @property
    def working(self) -> bool:
        """Whether a turn goes on."""
        return self._session.working

    @property
    def standing(self) -> Standing:
        """How it stands now; cheap enough for every redraw."""
        here, tally = self.opened, self._tally
        return Standing(
            session=self.id,
            model=here.model.name,
            profile=here.server.profile,
            sandbox=here.place.about,
            mode=self.permissions.mode,
            locked=bool(self.permissions.locked),
            tokens=self._session.history.tokens,
            context_length=here.server.context_length,
            read=tally.read,
            cached=tally.cached,
            written=tally.written,
            model_seconds=tally.model_seconds,
        )

    async def say(self, text: str) -> AsyncGenerator[Event, None]:
        """One turn: say `text`, and let the model work until it stops. An empty text lets it go on from where
        it was. Where a hook at its end has words for the model, another turn follows at once.

        Raises MIMOSA_ERRORS after a TurnEnded that says so; the conversation can go on afterwards."""
        go_on = True
        while go_on:
            go_on = False
            async with aclosing(self._session.turn(text)) as events:
                async for event in events:
                    self._tally.add(event)
                    yield event
                    if isinstance(event, TurnEnded):
                        go_on = await self._has_more_to_do(event)
            text = ""

    async def _has_more_to_do(self, end: TurnEnded) -> bool:
        said = [words for hook in self.opened.extras.ended if (words := await hook(end))]
        if said:
            self._session.remind("\n\n".join(said))
        return bool(said)

    def steer(self, text: str) -> None:
        """A message for the model at its next step, or at the beginning of the next turn."""
        self._session.say(text)

    async def interrupt(self) -> bool:
        """End what goes on: a command that runs in the sandbox, and the turn. `say` yields what is left and
        comes to its end. False if nothing went on."""
        working = self.working
        await self._session.interrupt()
        return working

    async def close(self) -> None:
        """End the session in order; it can be opened again. One in which nothing was said vanishes. Safe to
        call twice."""
        if self._closed:
            return
        self._closed = True
        said = self._session.begun
        await self._session.close()
        await self.opened.extras.close()
        await self.opened.model.close()
        if self.opened.new and not said:
            shutil.rmtree(self.folder, ignore_errors=True)
