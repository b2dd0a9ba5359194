"""A session that somebody talks to. Everything on a screen is the screen's own."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from copy import copy
from pathlib import Path
from typing import Self

from agent.conversation.equipment import Assemble, bare
from agent.conversation.errors import Busy, NothingSaid
from agent.conversation.files import Files
from agent.conversation.images import read_images
from agent.conversation.opening import Opened, Opening, opened
from agent.conversation.standing import Standing
from agent.conversation.tally import Tally
from agent.conversation.timeline import Timeline
from agent.events import Event, InputQueued, InputTaken, PermissionsForgotten, ServerMeasured, TurnEnded, UserRan
from agent.log import read_log
from agent.permission.base import Asker
from agent.permission.permissions import Permissions
from agent.queued import typed_ahead
from agent.session_words import storable, unwatched
from agent.store import SessionStore
from agent.turn import Incoming
from model_runtime.messages import Image
from model_runtime.metrics.session import SessionFigures
from model_runtime.profiles import find_profile
from sandbox.base import Watch
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
        settings = opened.opening.loaded.settings
        self.files = Files(
            opened.session,
            opened.sandbox,
            opened.repository,
            auto_apply=settings.files.auto_apply,
            max_file_mb=settings.sandbox.max_copy_mb,
        )
        self.timeline = Timeline(opened.session, self.files, opened.store, opened.extras.rewound)
        self._tally = Tally.of(opened.session.folder)
        self._before = copy(self._tally)
        self.typed_ahead: tuple[str, ...] = _typed_ahead(opened)
        """The lines that waited when it was closed, or when its program was killed."""
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
        conversation = cls(await opened(opening, store, asker=asker, assemble=assemble, report=report))
        if not conversation.opened.new:
            try:
                await conversation.files.count()
            except BaseException:  # nobody else could close it
                await asyncio.shield(conversation.close())
                raise
        return conversation

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
    def begun(self) -> bool:
        """Whether the user has said or run anything, so that there is something to keep."""
        return self._tally.said

    @property
    def waiting(self) -> tuple[Incoming, ...]:
        """What was said or run while the model worked, and is told it at its next step."""
        return self._session.waiting

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
            changed=self.files.changed,
            conflicts=len(self.files.conflicts),
            auto_apply=self.files.auto_apply,
        )

    async def say(self, text: str, images: Sequence[Path] = ()) -> AsyncGenerator[Event, None]:
        """One turn: the sandbox follows the user's edits, `text` is said, and the model works until it stops. An
        empty text lets it go on from where it was. Where a hook at its end has words for the model, another turn
        follows at once; where `files.auto_apply` is set, the changes are applied at the end. `images` are files
        of the user's; a model that takes none is a UsageError, and nothing has been said then.

        Raises MIMOSA_ERRORS after a TurnEnded that says so; the conversation can go on afterwards."""
        self._refuse_at_work("Another message")
        pictures = self._pictures(images)
        for event in await self.files.follow():
            yield event
        go_on = True
        while go_on:
            go_on = False
            async with aclosing(self._session.turn(text, pictures)) as events:
                async for event in events:
                    self._tally.add(event)
                    yield event
                    if isinstance(event, TurnEnded):
                        go_on = await self._has_more_to_do(event)
            text, pictures = "", ()
        await self.files.count()
        if self.files.auto_apply and self.files.changed:
            applied = await self.files.apply()
            for event in applied.events:
                yield event

    def _pictures(self, paths: Sequence[Path]) -> tuple[Image, ...]:
        if not paths:
            return ()
        return read_images(paths, find_profile(self.opened.server.profile), self.opened.model.name)

    async def shell(self, command: str, watch: Watch = unwatched) -> UserRan:
        """Run the user's own command in the sandbox. The model reads it and what it printed at its next step;
        `watch` receives its output meanwhile. Raises SandboxError."""
        if not self.working:
            await self.files.follow()
        timeout = self.opened.opening.loaded.settings.sandbox.command_timeout_s
        ran = await self._session.shell(command, timeout=timeout, watch=watch)
        self._tally.add(ran)
        if not self.working:
            await self.files.count()
        return ran

    async def compact(self, focus: str = "") -> AsyncGenerator[Event, None]:
        """Replace the history by the model's summary of it, now. `focus`: what is to be kept above all. Raises
        CompactionFailed and ModelError, and NothingSaid; the history is then as it was."""
        self._refuse_at_work("A compaction")
        if not self._session.begun:
            raise NothingSaid("There is nothing to compact: nothing has been said yet.")
        async with aclosing(self._session.compact(focus)) as events:
            async for event in events:
                self._tally.add(event)
                yield event

    async def _has_more_to_do(self, end: TurnEnded) -> bool:
        said = [words for hook in self.opened.extras.ended if (words := await hook(end))]
        if said:
            self._session.remind("\n\n".join(said))
        return bool(said)

    def forget_allowed(self) -> None:
        """Take back all that the user allowed for this session. Raises SessionError."""
        self._session.record(PermissionsForgotten())
        self.permissions.forget()

    def steer(self, text: str) -> None:
        """A message for the model at its next step, or at the beginning of the next turn."""
        self._session.say(text)

    def queue(self, text: str, words: str) -> None:
        """Put a line into the log that was typed while something goes on, so that it outlives this program.
        `words`: what `say` will be given for it, or `!` and a command. To carry it out is the screen's matter."""
        self._session.record(InputQueued(text=storable(text), words=storable(words)))

    def take(self, text: str) -> None:
        """The line waits no more, and is not said: it was taken back, or is a command of the screen's."""
        self._session.record(InputTaken(text=storable(text)))

    async def interrupt(self) -> bool:
        """End what goes on: a command that runs in the sandbox, and the turn. `say` yields what is left and
        comes to its end. False if nothing went on."""
        busy = self._session.busy
        await self._session.interrupt()
        return busy

    async def measured(self) -> SessionFigures | None:
        """What it took of its server since it was opened; None where nothing was asked, or nobody can tell."""
        return await self.opened.metering.figures(*self._tally.since(self._before))

    async def close(self) -> SessionFigures | None:
        """End the session in order; it can be opened again. One in which nothing was said or run vanishes. Safe to
        call twice. What it took of its server is written at the end of its log, and returned."""
        if self._closed:
            return None
        self._closed = True
        async with AsyncExitStack() as last_first:  # each of them is closed, whatever goes wrong with another
            if self.opened.new and not self.begun:
                last_first.callback(shutil.rmtree, self.folder, ignore_errors=True)
            last_first.push_async_callback(self.opened.model.close)
            last_first.push_async_callback(self.opened.extras.close)
            last_first.push_async_callback(self.opened.metering.close)
            last_first.push_async_callback(self._session.close)
            figures = await self.measured()
            if figures is not None:
                self._session.record(ServerMeasured(figures=figures))
        return figures

    def _refuse_at_work(self, what: str) -> None:
        if self.working:
            raise Busy(what)


def _typed_ahead(opened: Opened) -> tuple[str, ...]:
    if opened.new:
        return ()
    return tuple(typed_ahead(record.event for record in read_log(opened.session.folder)))
