"""Nothing said is lost: an event is logged before anybody sees it, and files are saved before the log says so."""

import asyncio
from pathlib import Path

from agent.events import CheckpointMade, Event, ToolFinished, ToolStarted, TurnEnded
from agent.history import History
from agent.log import SessionLog
from agent.loop import answer_open_calls
from agent.permission.base import Effect
from agent.permission.judged import judge
from agent.recorder import WorkspaceRecorder
from model_runtime.messages import ToolCall
from sandbox.base import Sandbox
from sandbox.errors import SandboxDied, SandboxError

CHECKPOINT_FAILURES = 3
"""In a row, until the session gives up: work that cannot be saved should not go on."""
LAST_CHECKPOINT_SECONDS = 15.0


def only_reads(call: ToolCall) -> bool:
    """Whether it is sure that the call changes no file."""
    own = Effect.READS if call.name.strip() == "finish" else Effect.CHANGES
    return judge(call, own).effect is Effect.READS


class Keeper:
    """The log and the checkpoints of one session. `trouble` collects what the model should be told."""

    def __init__(self, folder: Path, sandbox: Sandbox, log: SessionLog, history: History) -> None:
        self.recorder = WorkspaceRecorder(folder, sandbox)
        self.trouble: list[str] = []
        self._log = log
        self._history = history
        self._unlogged: Event | None = None
        self._tool_runs = False
        self._has_jobs = False
        self._failures = 0

    def follow(self, history: History) -> None:
        """From now on this is the history: the session was rewound."""
        self._history = history

    def record(self, event: Event) -> Event:
        """Log an event that did not come out of the loop, and put it into the history."""
        self._log.append(event)
        self._history.apply(event)
        return event

    async def keep(self, event: Event) -> list[Event]:
        """Log an event of the loop, which is in the history already; returns what is to be shown.

        A checkpoint goes before the result of the call that made it: so in no prefix of the log does the history
        tell of an edit that the files do not have. None is made after a command that is known to only read, while
        no job runs beside it: half of all commands are such, and a checkpoint costs more than most of them.
        """
        if not event.logged:
            return [event]
        self._unlogged = event
        made = await self._checkpoint() if self._may_have_changed(event) else None
        events: list[Event] = [made, event] if made else [event]
        self._log.append(*events)
        self._unlogged = None
        return events

    async def abandon(self, ended: TurnEnded, reason: str) -> list[Event]:
        """Bring a turn to its end that came to none by itself: what happened is logged, every call is answered
        with `reason`, and the files are recorded if they still can be."""
        events: list[Event] = []
        if self._unlogged is not None:
            events.append(self._unlogged)
            self._log.append(self._unlogged)
            self._unlogged = None
        events += [self.record(event) for event in answer_open_calls(self._history, reason)]
        try:
            if made := await asyncio.wait_for(self.recorder.record(), LAST_CHECKPOINT_SECONDS):
                events.append(self.record(made))
        except (SandboxError, TimeoutError) as error:
            ended = ended.model_copy(update={"detail": with_loss(ended.detail, str(error))})
        return [*events, self.record(ended)]

    def _may_have_changed(self, event: Event) -> bool:
        """Whether files may differ since the last checkpoint: a call has run, or a job may have."""
        match event:
            case ToolStarted(call=call):
                self._tool_runs = self._has_jobs or not only_reads(call)
                return False
            case ToolFinished(job=job):
                self._has_jobs = self._has_jobs or job is not None
                ran, self._tool_runs = self._tool_runs, False
                return ran or job is not None
            case TurnEnded():
                return True
            case _:
                return False

    async def _checkpoint(self) -> CheckpointMade | None:
        """A sandbox that cannot record (its disk may be full) is something that the model may be able to mend."""
        try:
            made = await self.recorder.record()
        except SandboxDied:
            raise
        except SandboxError as error:
            self._failures += 1
            if self._failures >= CHECKPOINT_FAILURES:
                raise
            self.trouble.append(f"Your last changes could not be recorded: {error}")
            return None
        self._failures = 0
        return made


def with_loss(detail: str, why: str) -> str:
    """How a turn ended whose last changes could not be recorded. Why is told once: mostly it is what ended it."""
    before = f"{detail.rstrip('.')}. " if detail else ""
    known = bool(why) and why in detail
    reason = "" if known else f": {why.rstrip('.') or 'it took too long'}"
    return f"{before}Changes since the last checkpoint could not be recorded{reason}."
