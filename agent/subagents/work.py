"""One piece of work: a session of its own, from the task to the report."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from pathlib import Path

from agent.approval import Approver
from agent.conversation.equipment import Room
from agent.equip import sampling_of, thinking_characters_of, toolbox_of
from agent.errors import MIMOSA_ERRORS
from agent.events import SessionEnded, SessionStarted
from agent.export.words import duration, plural
from agent.guards.base import Guard
from agent.guards.standard import chat_guards
from agent.limits import StepLimit, WallTimeLimit
from agent.log import read_log
from agent.means import Means
from agent.session import About, Session
from agent.store import SessionStore
from agent.subagents.course import Course, progress
from agent.subagents.definitions import AgentKind
from agent.subagents.places import Workplace, own_place, same_place
from agent.subagents.report import signed
from agent.subagents.shared_shell import SharedShell
from prompts.render import render
from sandbox.base import Sandbox
from sandbox.errors import SandboxDied
from tools.base import Tool, ToolResult

COMMAND = "task"
PATCH = "patch.diff"


@dataclass(frozen=True)
class Employer:
    """What a conversation gives to each of its subagents. `tools` are those beside the standard ones, in the order
    of its head; `approve` decides on calls as it does for the conversation; `guards` are made for
    each turn, beside the standard ones; `furnish` brings into a new sandbox what the head speaks of."""

    room: Room
    tools: tuple[Tool, ...]
    approve: Approver
    guards: Callable[[], tuple[Guard, ...]]
    furnish: Callable[[Sandbox], Awaitable[None]]

    @property
    def start(self) -> SessionStarted:
        """The head that both share. Raises SessionError."""
        start = read_log(self.room.folder)[0].event
        assert isinstance(start, SessionStarted), "read_log checks it"
        return start


class Work:
    """`shell` is the conversation's, for those that work in its sandbox. `watch` gets a line for each thing that
    it does."""

    def __init__(
        self, employer: Employer, task: str, kind: AgentKind, shell: SharedShell, watch: Callable[[str], None]
    ) -> None:
        self._employer = employer
        self._shell = shell
        self._task = task
        self._kind = kind
        self._watch = watch
        self._session: Session | None = None
        self._course = Course()

    async def run(self) -> ToolResult:
        """Do it, to the report. Raises SandboxDied if the conversation's own sandbox is gone, and SessionError."""
        folder = SessionStore(self._employer.room.folder.parents[1]).new()
        trouble, workplace = "", None
        try:
            async with self._place(folder.name) as workplace:
                await self._turn(folder, workplace.sandbox)
        except SandboxDied:
            if self._kind.sandbox == "same":
                raise
            trouble = "its own sandbox died"
        except MIMOSA_ERRORS as error:
            trouble = str(error)
        if workplace is not None and workplace.trouble:
            (folder / PATCH).write_bytes(workplace.patch)
            trouble = f"its changes did not fit ({workplace.trouble}); they are in its session's {PATCH}"
        return self._result(folder.name, trouble, workplace)

    async def interrupt(self) -> bool:
        """End it with what it has; False if it has not begun, and has nothing."""
        if self._session is None:
            return False
        await self._session.interrupt()
        return True

    def _place(self, name: str) -> AbstractAsyncContextManager[Workplace]:
        room = self._employer.room
        if self._kind.sandbox == "own":
            own = room.place.new_sandbox(room.loaded.settings.sandbox)
            return own_place(own, room.sandbox, name, self._employer.furnish)
        return same_place(room.sandbox, self._shell, name)

    async def _turn(self, folder: Path, sandbox: Sandbox) -> None:
        start = self._employer.start
        session = await Session.create(folder, self._means(sandbox), self._about(start))
        self._session = session
        try:
            text = render(
                "task",
                task=self._task.strip(),
                workspace=sandbox.workspace,
                instructions=f"{self._kind.instructions}\n\n" if self._kind.instructions else "",
            )
            self._watch(f"session {session.id}\n")
            async with aclosing(session.turn(text, must_finish=True)) as events:
                async for event in events:
                    self._course.take(event)
                    if line := progress(event, self._course.steps):
                        self._watch(f"{line}\n")
            code = 0 if self._course.ended.reason in ("finished", "answered") else 1
            session.record(SessionEnded(exit_code=code, summary=self._course.report(), patch=""))
        finally:
            self._session = None
            await session.close()

    def _means(self, sandbox: Sandbox) -> Means:
        room, employer = self._employer.room, self._employer
        settings = room.loaded.settings
        thinking = thinking_characters_of(settings.limits)
        return Means(
            model=room.model,
            server=room.server,
            sandbox=sandbox,
            toolbox=toolbox_of(settings.sandbox, sandbox, room.server, employer.tools),
            sampling=sampling_of(room.loaded, room.server),
            threshold=settings.compaction.threshold,
            limits=(
                StepLimit(self._kind.steps or settings.tools.task_steps),
                WallTimeLimit(self._kind.seconds or settings.tools.task_seconds),
            ),
            guards=lambda: (*chat_guards(thinking), *employer.guards()),
            approve=employer.approve,
        )

    def _about(self, start: SessionStarted) -> About:
        return About(
            command=COMMAND,
            task=self._task,
            repository=start.repository,
            commit=start.commit,
            sandbox=start.sandbox,
            system=start.system.content,
            parent=start.session,
            tools=start.tools,
        )

    def _result(self, session: str, trouble: str, workplace: Workplace | None) -> ToolResult:
        course = self._course
        facts = [plural(course.steps, "step"), f"{duration(course.seconds)} of the model"]
        if workplace is not None and workplace.changed:
            facts.append(f"changed: {', '.join(workplace.changed[:20])}")
        words = course.report()
        if trouble:
            words = f"The subagent failed: {trouble}" + (f"\nIts last words: {course.said}" if course.said else "")
        ended_well = course.ended.reason in ("finished", "answered")
        return ToolResult(signed(words, session, facts), is_error=bool(trouble) or not ended_well)
