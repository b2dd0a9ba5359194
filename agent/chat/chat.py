"""The chat: what was typed goes to the conversation, what happens goes to the painter."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import StyleAndTextTuples
from rich.text import Text

from agent import events as ev
from agent.chat.ahead import TypedAhead
from agent.chat.asking import ScreenAsker
from agent.chat.commands.all import all_commands
from agent.chat.commands.own import own_commands
from agent.chat.commands.registry import Registry
from agent.chat.composer.mentions import resolved
from agent.chat.meter import ServerMeter
from agent.chat.pager import page
from agent.chat.painting.hanging import Hanging
from agent.chat.painting.painter import Painter
from agent.chat.screen import Screen
from agent.chat.status import fitted, parts_of
from agent.chat.talk import Talk
from agent.chat.work import Work
from agent.errors import MIMOSA_ERRORS
from agent.export.between import in_words
from agent.export.visible import visible
from agent.export.words import plural
from agent.permission.base import MODES, Mode
from sandbox.errors import SandboxDied
from sandbox.progress import Progress

if TYPE_CHECKING:
    from rich.console import RenderableType

    from agent.conversation.conversation import Conversation
    from agent.conversation.opening import Opening

TICK_S = 1 / 15
"""How often the live region is drawn while something goes on. Keys are shown at once."""
TWICE_S = 2.5
"""Within so many seconds a second Ctrl-D leaves."""
HANG_UP, TERMINATED = 129, 143
ENDED_EARLY = ("interrupted", "limit", "failed")
GO_ON = "Go on."
"""Said for an Enter on an empty line where the session could not be opened at once."""


class Chat:
    """One chat on one terminal. The screen asks it what to show (View), and tells it what was typed (Actions);
    commands use what is public."""

    def __init__(self, talk: Talk, screen: Screen) -> None:
        self.talk = talk
        self.screen = screen
        self.registry: Registry = Registry(all_commands())
        self.painter = Painter(screen.print, screen.ansi)
        self.meter = ServerMeter()
        self._asker = ScreenAsker(screen, self.painter)
        self._work = Work(self._carry_out, self._failed, self._rest)
        self._ahead = TypedAhead(self._work, talk, self._failed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving_since = -TWICE_S
        self._ended: ev.TurnEnded | None = None
        self._tidying = False
        self._shown = ""
        talk.tell = lambda line: self.note(line, "yellow")

    # What commands use

    @property
    def conversation(self) -> "Conversation | None":
        """None until it is open."""
        return self.talk.conversation

    def say(self, *lines: Hanging | Text | str) -> None:
        """Print lines of Mimosa's own, after a blank one."""
        self.painter.print("", *lines)

    def note(self, words: str, style: str = "dim") -> None:
        self.say(Hanging(Text("· ", style=style), Text(visible(words), style=style)))

    def tell_allowed(self) -> None:
        """What the user has allowed for this session, if anything."""
        if self.conversation is not None and (patterns := self.conversation.permissions.allowed_for_session):
            self.note(f"allowed for this session: {', '.join(patterns)}; /approve forget takes it back")

    def show(self, *things: "RenderableType") -> None:
        """Print anything that Rich can draw, after a blank line."""
        self.screen.print(self.screen.ansi().draw("", *things))

    async def show_long(self, text: str) -> None:
        """Text with colour codes, in the pager."""
        await page(self.screen, text)

    async def show_fitting(self, text: str) -> None:
        """Printed if it fits on the screen, else in the pager."""
        if text.count("\n") < self.screen.rows - 4:
            self.screen.print(text)
        else:
            await page(self.screen, text)

    def send(self, text: str) -> None:
        """A message for the agent, after what waits."""
        self._ahead.add(text)
        self.screen.app.invalidate()

    async def change(self, opening: "Opening") -> None:
        """Close the session, and open another."""
        await self.talk.change(opening)
        await self._open()

    async def reopen(self, flags: Mapping[str, object]) -> None:
        """Close the session, and go on with it under other settings; under the old ones if it cannot be opened
        with these. Raises MIMOSA_ERRORS."""
        before = self.talk.flags, self.talk.opening_with({})
        opening = self.talk.opening_with(flags)
        try:
            await self.change(opening)
        except MIMOSA_ERRORS:
            self.talk.flags, opening = before
            await self.change(opening)
            raise

    def quit(self, code: int = 0) -> None:
        with contextlib.suppress(Exception):  # prompt_toolkit raises a bare Exception if it is leaving already
            self.screen.app.exit(result=code)

    # Its life

    def begin(self) -> None:
        """Within the event loop of the screen."""
        loop = asyncio.get_running_loop()
        for number, code in ((signal.SIGHUP, HANG_UP), (signal.SIGTERM, TERMINATED)):
            loop.add_signal_handler(number, self.quit, code)
        for task in (self._work.run(self._first()), self._ticks(), self.meter.follow(self.talk)):
            self.background(task)

    def background(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """The screen is gone: close the session in order, and its sandbox even if a Ctrl-C ends the waiting."""
        for task in tuple(self._tasks):
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await self.talk.close()

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self.painter.busy:
                self.screen.tick()

    async def _first(self) -> None:
        if self.talk.picks:
            from agent.chat.commands.sessions import picked

            session = await picked(self)
            await self.talk.change(replace(self.talk.opening, session=session))
        await self._open()

    async def _open(self, carried: str = "") -> None:
        """`carried`: the line that it is opened for."""
        self.painter.begin("preparing")
        await self.talk.open(self._asker, self._progress)
        self._ended = None
        knowledge = self.talk.knowledge
        if knowledge is not None:
            self.registry.add(
                own_commands(knowledge.own_folder, self.talk.repository, trusted=self.talk.loaded.trusted)
            )
            for line in knowledge.notes:
                self.note(line, "yellow")
        if self.conversation is not None and self.conversation.id != self._shown:
            self.painter.replay(self.talk.earlier())
            self._shown = self.conversation.id
            self.tell_allowed()
        for event in self.talk.waiting:
            self.note(": ".join(in_words(event)))
        if back := self._ahead.take_up(carried):
            self.note(f"{plural(back, 'message')} waited when it was left: Enter sends, ↑ takes back", "yellow")
        self.meter.begin()

    def _progress(self, news: Progress) -> None:
        share = f" {news.done / news.total:.0%}" if news.total else ""
        self.painter.begin(f"{news.phase}: {visible(news.text)}{share}", visible(news.detail), keep_time=True)

    async def _carry_out(self, text: str) -> None:
        if self.conversation is None:
            try:
                await self._open(text)
            except MIMOSA_ERRORS:
                self._work.put_back(text or GO_ON)
                self.hint("Enter tries again, ↑ takes back what waits")
                raise
        try:
            if text.startswith("/"):
                self._ahead.take(text)
                await self._command(text)
            elif text.startswith("!"):
                await self._shell(text[1:].strip())
            else:
                await self._turn(text)
        except SandboxDied:
            await self.talk.change(self.talk.opening_with({}))
            self.hint("the next message goes on in a new sandbox, with the files as of the last step")
            raise

    async def _turn(self, text: str) -> None:
        conversation = self.conversation
        assert conversation is not None, "_carry_out opens it"
        words, pictures = resolved(text, self.talk.repository)
        if pictures:
            name = conversation.standing.model
            self.note(f"{name} is sent no pictures: of {', '.join(pictures)} it is told the path alone", "yellow")
        self.painter.begin("waiting for the model")
        async with aclosing(conversation.say(words)) as events:
            async for event in events:
                self.meter.take(event)
                if isinstance(event, ev.UserSaid):
                    self.talk.said(text)
                if not isinstance(event, ev.SessionResumed):  # told when it was opened
                    self.painter.show(event)
                if isinstance(event, ev.TurnEnded):
                    self._turn_ended(event)

    def _turn_ended(self, event: ev.TurnEnded) -> None:
        self._ended, self._tidying = event, True
        self._work.held = event.reason in ("interrupted", "failed")
        if self._work.held and (waiting := len(self._work.waiting)):
            self.hint(f"{waiting} waiting: Enter sends, ↑ takes back")

    async def _shell(self, command: str) -> None:
        conversation = self.conversation
        assert conversation is not None, "_carry_out opens it"
        self.painter.show(await conversation.shell(command, self.painter.watch(command)))
        self.talk.said(f"!{command}")

    async def _command(self, text: str) -> None:
        name, _, argument = text[1:].partition(" ")
        await self.registry.find(name).run(self, argument.strip())

    async def _command_now(self, text: str) -> None:
        try:
            await self._command(text)
        except MIMOSA_ERRORS as error:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            self.note("stopped")
        elif not isinstance(error, MIMOSA_ERRORS):
            self.screen.app.exit(exception=error)  # a defect: its traceback is wanted
        elif self._ended is None or not self._ended.detail.startswith(
            str(error)
        ):  # else the turn's end has told it
            self.say(Hanging(Text("✗ ", style="red"), Text(visible(str(error)), style="red")))

    def _rest(self) -> None:
        self._tidying = False
        self.painter.rest()
        self.screen.settle()

    # Actions

    def submit(self, text: str) -> None:
        self.hint("")
        text = text.strip()
        if not text:
            self._go_on()
        elif text.startswith("/") and not self._waits(text):
            self.background(self._command_now(text))
        else:
            self.send(text)

    def _waits(self, text: str) -> bool:
        with contextlib.suppress(*MIMOSA_ERRORS):
            return self.registry.find(text[1:].partition(" ")[0]).waits
        return False

    def _go_on(self) -> None:
        """Enter on an empty line: what waits is sent, or a turn that was ended goes on."""
        if self._work.waiting and self._work.held:
            self._work.release()
        elif self._ended and self._ended.reason in ENDED_EARLY and (self._tidying or not self._work.going_on):
            self._ended = None
            self.background(self._work.one(self._carry_out("")))

    def steer(self, text: str) -> None:
        if self.conversation is not None and self.conversation.working:
            self.conversation.steer(resolved(text, self.talk.repository)[0])
            self.note(f"at its next step the model is told: {text}")
        else:
            self.submit(text)

    def recall(self) -> str | None:
        return self._ahead.recall()

    def interrupt(self) -> bool:
        if not self._work.going_on or self._tidying:  # after a turn the files are looked at; that is short
            return False
        self.background(self._interrupt())
        return True

    async def _interrupt(self) -> None:
        """The running command and the turn; or, where no turn goes on, whatever else does."""
        conversation = self.conversation
        if conversation is not None and conversation.working:
            self.painter.begin("interrupting")
        if conversation is None or not await conversation.interrupt():
            self._work.cancel()

    def leave(self) -> None:
        """Ctrl-D: the second one within a moment leaves."""
        now = time.monotonic()
        if now - self._leaving_since < TWICE_S:
            self.quit()
            return
        self._leaving_since = now
        self.hint("Ctrl-D again leaves; the session can be gone on with")

    def next_mode(self) -> None:
        mode: Mode = MODES[(MODES.index(self.talk.mode) + 1) % len(MODES)]
        self.talk.mode = mode
        self.screen.app.invalidate()

    def open_thinking(self) -> None:
        if text := self.painter.thinking.last:
            self.background(self.show_long(visible(text)))
        else:
            self.hint("there is no thinking yet")

    def hint(self, words: str) -> None:
        self.screen.hint(words)

    # View

    def live(self, rows: int) -> list[str]:
        return self.painter.live(rows)

    def waiting(self) -> list[str]:
        return list(self._work.waiting)

    def status(self, columns: int) -> StyleAndTextTuples:
        if self.conversation is None:
            return [("class:status", f"{self.talk.mode} · {self.talk.repository.name}")]
        return fitted(parts_of(self.conversation.standing, self.meter.figures), columns)

    def mode(self) -> str:
        return self.talk.mode

    # Choices

    def arguments(self, name: str) -> Iterable[tuple[str, str]]:
        command = self.registry.get(name)
        return command.completer(self) if command else ()
