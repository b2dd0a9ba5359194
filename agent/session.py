"""A session: the loop, with its log, its checkpoints and its sandbox around it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Self

from agent.archive import ArchiveKeeper
from agent.compaction import Compactor
from agent.events import (
    CheckpointMade,
    Event,
    MessageQueued,
    Rewound,
    SessionResumed,
    SessionStarted,
    TurnEnded,
    UserRan,
    UserSaid,
)
from agent.history import History
from agent.keeper import Keeper
from agent.limits import WallTimeLimit, reached_text
from agent.log import SessionLog, read_log
from agent.loop import LOST, answer_open_calls, run_turn
from agent.means import Means
from agent.pump import Pump
from agent.queued import queued
from agent.session_words import About, by_mimosa, first_event, how_it_failed, resumed_text, storable, unwatched
from agent.stop import Stop
from agent.turn import Incoming, Turn
from model_runtime.messages import Image, UserMessage
from sandbox.base import Watch
from sandbox.errors import SandboxDied
from tools.bash.report import report

__all__ = ["About", "Session"]

USER_ASKS = "The user asks you to sum up the conversation."


class Session:
    """Owns its folder, log, history and sandbox. Each event is on disk before `turn` yields it.

    session = await Session.create(store.new(), means, about)
    async with aclosing(session.turn("the task")) as events:
        async for event in events: ...
    await session.close()
    """

    def __init__(self, folder: Path, means: Means, log: SessionLog, history: History) -> None:
        """For `create` and `resume`."""
        self.folder = folder
        self.history = history
        self._means = means
        self._log = log
        self._keeper = Keeper(folder, means.sandbox, log, history)
        self._archives = ArchiveKeeper(folder, means.sandbox)
        self._compactor = Compactor(
            means.model, means.server, self._archives.keep, means.threshold, means.fitted_sampling
        )
        self._unshown: list[Event] = []
        self._news = ""
        self._inbox: list[Incoming] = []
        self._stop: Stop | None = None
        self._shells = 0

    @classmethod
    async def create(cls, folder: Path, means: Means, about: About) -> Self:
        """Begin a session in an empty folder (`SessionStore.new`). Raises SessionError and SandboxError."""
        start = first_event(folder.name, means, about)
        log = SessionLog.create(folder)
        session = cls(folder, means, log, History(start.system, start.tools))
        try:
            session._say(start)
            await session._keeper.recorder.begin()
        except BaseException:  # nobody else could close the log and let go of its lock
            log.close()
            raise
        return session

    @classmethod
    async def resume(cls, folder: Path, means: Means) -> Self:
        """Go on with a session in a new sandbox that holds the workspace as it was at the session's start.

        The caller starts that sandbox from the snapshot that it kept. The files are brought to the last
        checkpoint, and calls without a result are answered; at the beginning of the next turn the model is told
        what it lost. Raises SessionError and SandboxError.
        """
        log = SessionLog.reopen(folder)
        try:
            return await cls._resumed(folder, means, log)
        except BaseException:  # nobody else could close the log and let go of its lock
            log.close()
            raise

    @classmethod
    async def _resumed(cls, folder: Path, means: Means, log: SessionLog) -> Self:
        events = [record.event for record in log.earlier]
        start = events[0]
        assert isinstance(start, SessionStarted), "read_records checks it"
        session = cls(folder, means, log, History.of(start, events))
        made = [event for event in events if isinstance(event, CheckpointMade)]
        recorder = session._keeper.recorder
        await (recorder.bring_back(made[-1]) if made else recorder.begin())
        archives = await session._archives.bring_back()
        for event in answer_open_calls(session.history):
            session._say(event)
        session._say(SessionResumed(checkpoint=made[-1].number if made else 0))
        session._inbox = queued(events)
        session._news = resumed_text(means.sandbox.workspace, archives)
        return session

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def begun(self) -> bool:
        """Whether the user's task is in the history. False for a session that was killed before."""
        return bool(self.history.own_words)

    @property
    def working(self) -> bool:
        """Whether a turn or a compaction goes on."""
        return self._stop is not None

    @property
    def busy(self) -> bool:
        """The same, or a command of the user's own runs."""
        return self.working or self._shells > 0

    async def turn(
        self, text: str = "", images: tuple[Image, ...] = (), *, must_finish: bool = False
    ) -> AsyncGenerator[Event, None]:
        """Say `text` and let the model work until it stops; without a text it goes on from where it was.

        Yields the events of `create` or `resume` first. Raises what `run_turn` raises, after a TurnEnded that says
        so; close the generator, or cancel the task, and the history is still whole.
        """
        stop = self._stop = Stop()
        timers = self._wall_timers(stop)
        try:
            for event in self._opening(text, images):
                yield event
            async with aclosing(run_turn(self._as_turn(stop, must_finish))) as events:
                async for event in events:
                    for kept in await self._keep(event):
                        yield kept
        except (asyncio.CancelledError, GeneratorExit):
            if self._stop is not None:
                await self._keeper.abandon(TurnEnded(reason="interrupted"), LOST)
            raise
        except Exception as error:
            # Broad, because whatever went wrong, the log must say that the turn ended.
            for event in await self._keeper.abandon(*how_it_failed(error)):
                yield event
            raise
        finally:
            self._stop = None
            for timer in timers:
                timer.cancel()

    def say(self, text: str) -> None:
        """A message for the model, put in at its next step, or at the beginning of the next turn."""
        self._queue(UserSaid(message=UserMessage(content=storable(text))))

    def remind(self, text: str) -> None:
        """The same, from the program and not from the user."""
        self._inbox.append(by_mimosa(storable(text)))

    async def interrupt(self) -> None:
        """End the running turn. A command in the sandbox, the user's own too, is ended, and what it printed is
        kept; `turn` then yields what is left and comes to its end."""
        if self._stop is not None:
            self._stop.set()
        if self.busy:
            await self._end_command()

    async def shell(self, command: str, *, timeout: float, watch: Watch = unwatched) -> UserRan:
        """Run the user's own command in the sandbox; the model reads what it was and what it printed, at its next
        step. It waits for a command of the model's that runs. Raises SandboxError."""
        self._shells += 1
        try:
            result = await self._means.sandbox.run(command, timeout=timeout, watch=watch)
        finally:
            self._shells -= 1
        ran = UserRan(
            command=command,
            message=UserMessage(
                content=storable(f"The user ran this in the sandbox:\n$ {command}\n{report(result)}")
            ),
            exit_code=None if result.interrupted or result.timed_out else result.exit_code,
            seconds=result.duration,
        )
        if self.working:
            self._queue(ran)
            return ran
        for event in answer_open_calls(self.history):
            self.record(event)
        await self.save()
        self.record(ran)
        return ran

    async def compact(self, focus: str = "") -> AsyncGenerator[Event, None]:
        """Replace the history by the model's summary of it now. `focus`: what the user wants kept above all.
        Raises CompactionFailed and ModelError; the history is then as it was."""
        stop = self._stop = Stop()
        try:
            for event in self._opening():
                yield event
            work = partial(self._compactor.compact, self.history, focus=focus, why=USER_ASKS)
            async with Pump[Event, None](work) as pump:
                with stop.calling(pump.cancel):
                    async for event in pump:
                        yield self.record(event)
                if not stop.is_set:
                    pump.result()
        finally:
            self._stop = None

    @property
    def waiting(self) -> tuple[Incoming, ...]:
        """What was said, and is put in at the model's next step."""
        return tuple(self._inbox)

    @property
    def checkpoint(self) -> CheckpointMade | None:
        """The files as they were recorded last; None if they have not changed since the start."""
        return self._keeper.recorder.last

    def tell_first(self, text: str) -> None:
        """What the model must know before the next thing that is said."""
        self._news = "\n\n".join(filter(None, (self._news, storable(text))))

    async def save(self) -> CheckpointMade | None:
        """Record the files if they changed since the last time, between turns. Raises SandboxError."""
        made = await self._keeper.recorder.record()
        if made is not None:
            self.record(made)
        return made

    async def rewind(self, to: int) -> Rewound:
        """Let the conversation stand as after the first `to` events of its log. The files are the caller's: what
        the sandbox holds now is recorded with it. Raises SessionError and SandboxError."""
        made = await self._keeper.recorder.record()
        rewound = Rewound(to=to)
        # At once, as neither may be without the other; the files of before are those that come before it.
        self._log.append(*[rewound, made] if made else [rewound])
        records = read_log(self.folder)
        start = records[0].event
        assert isinstance(start, SessionStarted), "read_log checks it"
        self.history = History.of(start, [record.event for record in records])
        self._keeper.follow(self.history)
        self._unshown = []
        self._news = ""
        self._inbox = []
        return rewound

    def record(self, event: Event) -> Event:
        """Log an event that did not come out of a turn: a verdict, the session's end."""
        return self._keeper.record(event)

    async def close(self) -> None:
        """Close the log and remove the sandbox. Safe to call twice."""
        try:
            self.leave()
        finally:
            await self._means.sandbox.close()

    def leave(self) -> None:
        """Close the log, and leave the sandbox to whoever made it. Safe to call twice."""
        self._log.close()

    def _as_turn(self, stop: Stop, must_finish: bool) -> Turn:
        means = self._means
        return Turn(
            self.history,
            means.model,
            means.toolbox,
            limits=means.limits,
            guards=means.guards(),
            approve=means.approve,
            inbox=self._take_inbox,
            compactor=self._compactor,
            sampling=means.fitted_sampling,
            stream=means.stream,
            must_finish=must_finish,
            stop=stop,
            clock=means.clock,
        )

    def _opening(self, text: str = "", images: tuple[Image, ...] = ()) -> Iterator[Event]:
        while self._unshown:
            yield self._unshown.pop(0)
        for event in answer_open_calls(self.history):
            yield self.record(event)
        if self._news:
            news, self._news = self._news, ""
            yield self.record(by_mimosa(news))
        if text or images:
            yield self.record(UserSaid(message=UserMessage(content=storable(text), images=images)))

    async def _keep(self, event: Event) -> list[Event]:
        kept = await self._keeper.keep(event)
        if isinstance(event, TurnEnded):
            self._stop = None  # whatever comes from here on comes after the turn
        return kept

    def _queue(self, said: Incoming) -> None:
        self.record(MessageQueued(message=said))
        self._inbox.append(said)

    def _say(self, event: Event) -> None:
        self._unshown.append(self.record(event))

    def _take_inbox(self) -> list[Incoming]:
        said = [*map(by_mimosa, self._keeper.trouble), *self._inbox]
        self._keeper.trouble.clear()
        self._inbox = []
        return said

    def _wall_timers(self, stop: Stop) -> list[asyncio.TimerHandle]:
        """Wall time also ends what runs at that moment; the loop only looks between steps."""
        loop = asyncio.get_running_loop()
        limits = [limit for limit in self._means.limits if isinstance(limit, WallTimeLimit)]
        return [loop.call_later(limit.maximum, self._out_of_time, stop, limit) for limit in limits]

    def _out_of_time(self, stop: Stop, limit: WallTimeLimit) -> None:
        stop.set("limit", reached_text(limit))
        self._ending = asyncio.ensure_future(self._end_command())  # kept, or it could be collected half-way

    async def _end_command(self) -> None:
        try:
            await self._means.sandbox.interrupt()
        except SandboxDied:
            # The command that waits in it raises the same, to the turn.
            return
