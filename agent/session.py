"""A session: the loop, with its log, its checkpoints and its sandbox around it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from agent.archive import ArchiveKeeper
from agent.compaction import Compactor
from agent.errors import MIMOSA_ERRORS
from agent.events import CheckpointMade, Event, SessionResumed, SessionStarted, TurnEnded, UserSaid
from agent.history import History
from agent.keeper import Keeper
from agent.limits import WallTimeLimit, reached_text
from agent.log import SessionLog
from agent.loop import LOST, answer_open_calls, run_turn
from agent.means import Means
from agent.stop import Stop
from agent.turn import Turn
from model_runtime.base import ToolSchema
from model_runtime.messages import SystemMessage, UserMessage
from sandbox.errors import SandboxDied


@dataclass(frozen=True)
class About:
    """What a new session is about. `task` in the user's words; `repository` and `commit` say what it works on;
    `sandbox` what it works in; `system` is the whole system prompt. `parent` is the session that gives this one
    its work; with that one's `tools` as schemas both have the same head."""

    command: str
    task: str
    repository: str
    commit: str
    sandbox: str
    system: str
    parent: str = ""
    tools: tuple[ToolSchema, ...] = ()


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
        self._inbox: list[UserSaid] = []
        self._stop: Stop | None = None

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
        """Whether a turn goes on."""
        return self._stop is not None

    async def turn(self, text: str = "", *, must_finish: bool = False) -> AsyncGenerator[Event, None]:
        """Say `text` and let the model work until it stops; without a text it goes on from where it was.

        Yields the events of `create` or `resume` first. Raises what `run_turn` raises, after a TurnEnded that says
        so; close the generator, or cancel the task, and the history is still whole.
        """
        stop = self._stop = Stop()
        timers = self._wall_timers(stop)
        try:
            for event in self._opening(text):
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
        self._inbox.append(UserSaid(message=UserMessage(content=storable(text))))

    def remind(self, text: str) -> None:
        """The same, from the program and not from the user."""
        self._inbox.append(by_mimosa(storable(text)))

    async def interrupt(self) -> None:
        """End the running turn. A command in the sandbox is ended, and what it printed is kept; `turn` then yields
        what is left and comes to its end."""
        if self._stop is None:
            return
        self._stop.set()
        await self._end_command()

    def record(self, event: Event) -> Event:
        """Log an event that did not come out of a turn: a verdict, the session's end."""
        return self._keeper.record(event)

    async def close(self) -> None:
        """Close the log and remove the sandbox. Safe to call twice."""
        self._log.close()
        await self._means.sandbox.close()

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

    def _opening(self, text: str) -> Iterator[Event]:
        while self._unshown:
            yield self._unshown.pop(0)
        for event in answer_open_calls(self.history):
            yield self.record(event)
        if self._news:
            news, self._news = self._news, ""
            yield self.record(by_mimosa(news))
        if text:
            yield self.record(UserSaid(message=UserMessage(content=storable(text))))

    async def _keep(self, event: Event) -> list[Event]:
        kept = await self._keeper.keep(event)
        if isinstance(event, TurnEnded):
            self._stop = None  # whatever comes from here on comes after the turn
        return kept

    def _say(self, event: Event) -> None:
        self._unshown.append(self.record(event))

    def _take_inbox(self) -> list[UserSaid]:
        said = [by_mimosa(text) for text in self._keeper.trouble] + self._inbox
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


def first_event(session: str, means: Means, about: About) -> SessionStarted:
    tools = (
        ToolSchema(name=spec.name, description=spec.description, parameters=spec.parameters)
        for spec in means.toolbox.specs
    )
    return SessionStarted(
        session=session,
        command=about.command,
        task=about.task,
        repository=about.repository,
        commit=about.commit,
        model=means.model.name,
        sandbox=about.sandbox,
        context_length=means.server.context_length,
        parent=about.parent,
        system=SystemMessage(content=about.system),
        tools=about.tools or tuple(tools),
    )


def how_it_failed(error: Exception) -> tuple[TurnEnded, str]:
    """How an error ends a turn, and what the model is told of calls that were under way."""
    ended = TurnEnded(
        reason="limit" if getattr(error, "exit_code", 1) == 4 else "failed",
        detail=str(error) if isinstance(error, MIMOSA_ERRORS) else f"{type(error).__name__}: {error}",
    )
    died = "The sandbox died while this ran. " if isinstance(error, SandboxDied) else ""
    return ended, died + LOST


def by_mimosa(text: str) -> UserSaid:
    return UserSaid(message=UserMessage(content=text), by="mimosa")


def resumed_text(workspace: str, archives: list[str]) -> str:
    earlier = f" The conversation before the summary is in {', '.join(archives)}." if archives else ""
    return (
        "The session was interrupted and goes on in a new sandbox. "
        f"The files of {workspace} are as you left them, ignored files excepted. "
        "Running processes, background jobs, the working directory, shell variables and files outside "
        f"{workspace} are gone.{earlier} Go on."
    )


def storable(text: str) -> str:
    """`text` with what UTF-8 cannot hold replaced: a terminal may hand on broken bytes as surrogates."""
    return text.encode("utf-8", "replace").decode()
