"""The chat: what was typed goes to the conversation, what happens goes to the painter."""

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import StyleAndTextTuples
from rich.text import Text

from agent import events as ev
from agent.chat.asking import ScreenAsker
from agent.chat.commands.all import all_commands
from agent.chat.commands.base import SlashCommand
from agent.chat.commands.registry import Registry
from agent.chat.composer.mentions import resolved
from agent.chat.meter import ServerMeter
from agent.chat.pager import page
from agent.chat.painting.hanging import Hanging
from agent.chat.painting.painter import Painter
from agent.chat.screen import Screen
from agent.chat.status import fitted, parts_of
from agent.chat.talk import Talk
from agent.errors import MIMOSA_ERRORS
from agent.export.visible import visible
from agent.permission.base import MODES, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from agent.conversation.conversation import Conversation

TICK_S = 1 / 15
"""How often the live region is drawn while something goes on. Keys are shown at once."""
TWICE_S = 2.5
"""Within so many seconds a second Ctrl-D leaves."""
HANG_UP, TERMINATED = 129, 143


class Chat:
    """One chat on one terminal. The screen asks it what to show (View), and tells it what was typed (Actions)."""

    def __init__(self, talk: Talk, screen: Screen) -> None:
        self.talk = talk
        self.screen = screen
        talk.tell = lambda line: self.note(line, "yellow")
        self.registry: Registry = Registry(all_commands())
        self.painter = Painter(self.screen.print, self.screen.ansi)
        self.meter = ServerMeter()
        self.asker = ScreenAsker(self.screen, self.painter)
        self._waiting: deque[str] = deque()
        self._held = False
        self._something = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving_since = 0.0
        self._ended: ev.TurnEnded | None = None

    # ---- what commands use

    @property
    def conversation(self) -> "Conversation | None":
        """None until it is open."""
        return self.talk.conversation

    @property
    def working(self) -> bool:
        """Whether a turn, a command that waits for one, or the opening goes on."""
        return self._work is not None

    def say(self, *lines: Hanging | Text | str) -> None:
        """Print lines of Mimosa's own."""
        self.painter.print("", *lines)

    def note(self, words: str, style: str = "dim") -> None:
        self.say(Hanging(Text("· ", style=style), Text(visible(words), style=style)))

    def show(self, *things: "RenderableType") -> None:
        """Print anything that Rich can draw, after a blank line."""
        self.screen.print(self.screen.ansi().draw("", *things))

    async def show_long(self, text: str) -> None:
        await page(self.screen, text)

    def send(self, text: str) -> None:
        """A message for the agent, after those that wait."""
        self._waiting.append(text)
        self._held = False
        self._something.set()
        self.screen.app.invalidate()

    def leave(self) -> None:
        """Ctrl-D: the second one within a moment leaves."""
        now = time.monotonic()
        if now - self._leaving_since < TWICE_S:
            self.quit()
            return
        self._leaving_since = now
        self.screen.hint("Ctrl-D again leaves; the session can be gone on with")

    def quit(self, code: int = 0) -> None:
        with contextlib.suppress(Exception):  # prompt_toolkit raises a bare Exception if it is leaving already
            self.screen.app.exit(result=code)

    # ---- the life of the chat

    def begin(self) -> None:
        """Within the event loop of the screen."""
        loop = asyncio.get_running_loop()
        for number, code in ((signal.SIGHUP, HANG_UP), (signal.SIGTERM, TERMINATED)):
            loop.add_signal_handler(number, self.quit, code)
        for task in (self._worker(), self._ticks(), self.meter.follow(self)):
            self.background(task)

    def background(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """The screen is gone: close the session in order."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.talk.close()
        await self.meter.close()

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self.painter.busy:
                self.screen.app.invalidate()

    async def _worker(self) -> None:
        """One thing after the other; the opening is the first."""
        await self._one(self._open())
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting and not self._held:
                await self._one(self._carry_out(self._waiting.popleft()))

    async def _one(self, work: Coroutine[object, object, None]) -> None:
        """Carry `work` out; it can be cancelled on its own, and what goes wrong in it is shown."""
        self._work = asyncio.ensure_future(work)
        try:
            await asyncio.shield(self._work)
        except asyncio.CancelledError:
            if not self._work.done():  # the chat ends
                self._work.cancel()
                await asyncio.gather(self._work, return_exceptions=True)
                raise
            self.note("stopped")
        except MIMOSA_ERRORS as error:
            self._tell_error(error)
        finally:
            self._work = None
            self.painter.rest()
            self.screen.settle()

    async def _open(self) -> None:
        self.painter.begin("preparing")
        await self.talk.open(self.asker, lambda news: self.painter.begin(f"{news.phase}: {news.text}"))
        for line in self.talk.knowledge.notes if self.talk.knowledge else ():
            self.note(line, "yellow")
        self.painter.replay(self.talk.earlier())
        await self.meter.begin(self.talk.loaded)

    async def fresh(self) -> None:
        """Close the session, and open a new one."""
        await self.talk.change(replace(self.talk.opening, session="", fork=False, events=None))
        await self._open()
        self.note("a new session")

    async def _carry_out(self, text: str) -> None:
        if self.conversation is None:
            await self._open()
        if text.startswith("/"):
            await self._command(text)
        elif text.startswith("!"):
            await self.talk.shell(text[1:].strip(), self.painter.show)
        else:
            await self._turn(text)

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
                self.painter.show(event)
                if isinstance(event, ev.TurnEnded):
                    self._ended = event
                    self._held = event.reason in ("interrupted", "failed")
        if self._held and self._waiting:
            self.screen.hint(f"{len(self._waiting)} waiting: Enter sends, ↑ takes back")

    async def _command(self, text: str) -> None:
        name, _, argument = text[1:].partition(" ")
        await self.registry.find(name).run(self, argument.strip())

    async def _command_now(self, text: str) -> None:
        try:
            await self._command(text)
        except MIMOSA_ERRORS as error:
            self._tell_error(error)

    def _tell_error(self, error: Exception) -> None:
        if self._ended is not None and self._ended.detail == str(error):
            return  # the turn's end has told it
        self.say(Hanging(Text("✗ ", style="red"), Text(visible(str(error)), style="red")))

    # ---- Actions

    def submit(self, text: str) -> None:
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
        if self._waiting and self._held:
            self._held = False
            self._something.set()
        elif not self.working and self._ended and self._ended.reason in ("interrupted", "limit", "failed"):
            self.background(self._again())

    async def _again(self) -> None:
        self._ended = None
        await self._one(self._turn(""))

    def steer(self, text: str) -> None:
        if self.conversation is not None and self.conversation.working:
            self.conversation.steer(resolved(text, self.talk.repository)[0])
            self.note(f"at its next step the model is told: {text}")
        else:
            self.submit(text)

    def recall(self) -> str | None:
        return self._waiting.pop() if self._waiting else None

    def interrupt(self) -> bool:
        if self._work is None:
            return False
        conversation = self.conversation
        if conversation is not None and conversation.working:
            self.painter.begin("interrupting")
            self.background(self._interrupt(conversation))
        else:
            self._work.cancel()
        return True

    async def _interrupt(self, conversation: "Conversation") -> None:
        await conversation.interrupt()

    def next_mode(self) -> None:
        mode: Mode = MODES[(MODES.index(self.talk.mode) + 1) % len(MODES)]
        self.talk.mode = mode
        self.screen.app.invalidate()

    def open_thinking(self) -> None:
        if text := self.painter.thinking.last:
            self.background(self.show_long(visible(text)))
        else:
            self.screen.hint("there is no thinking yet")

    def hint(self, words: str) -> None:
        self.screen.hint(words)

    # ---- View

    def live(self, rows: int) -> list[str]:
        return self.painter.live(rows)

    def waiting(self) -> list[str]:
        return list(self._waiting)

    def status(self, columns: int) -> StyleAndTextTuples:
        if self.conversation is None:
            return [("class:status", f"{self.talk.mode} · {self.talk.repository.name}")]
        return fitted(parts_of(self.conversation.standing, self.meter.figures), columns)

    def mode(self) -> str:
        return self.talk.mode

    def arguments(self, name: str) -> "Iterable[tuple[str, str]]":
        command: SlashCommand | None = self.registry.get(name)
        return command.completer(self) if command else ()
