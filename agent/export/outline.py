"""A session's records, gathered into steps: one reply of the model and all that came of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.events import (
    BaseEvent,
    Record,
    Replied,
    ReplyRepaired,
    RequestRetried,
    ToolFinished,
    ToolStarted,
)


@dataclass(frozen=True)
class Step:
    """`number` counts the replies of the session from 1, across compactions and resumes. `before` is what happened
    while the reply came, `after` what came of it, both in order; `at` is when it was logged, Unix time."""

    number: int
    at: float
    before: tuple[RequestRetried | ReplyRepaired, ...]
    reply: Replied
    after: tuple[BaseEvent, ...]

    @property
    def tool_seconds(self) -> float:
        return sum(event.seconds for event in self.after if isinstance(event, ToolFinished))


Part = Step | BaseEvent
"""A step, or an event that stands by itself: a user's message, a compaction, a verdict."""

_BETWEEN_STEPS = frozenset(
    {
        "session_started",
        "user_said",
        "user_ran",
        "rewound",
        "point_named",
        "files_followed",
        "files_applied",
        "compaction_started",
        "compacted",
        "session_resumed",
        "session_forked",
        "turn_ended",
        "verified",
        "server_measured",
    }
    | {"session_ended"}
)


def outline(records: Iterable[Record]) -> tuple[Part, ...]:
    """The session's parts in order. A call that was started and never finished keeps its `ToolStarted`."""
    parts: list[Part] = []
    open_step: _OpenStep | None = None
    waiting: list[RequestRetried | ReplyRepaired] = []
    steps = 0
    for record in records:
        event = record.event
        if isinstance(event, (RequestRetried, ReplyRepaired)):
            waiting.append(event)
            continue
        if isinstance(event, Replied):
            steps += 1
            parts += _closed(open_step)
            open_step = _OpenStep(steps, record.at, tuple(waiting), event, [])
            waiting = []
        elif open_step is not None and event.type not in _BETWEEN_STEPS:
            open_step.after.append(event)
        else:
            parts += [*_closed(open_step), *waiting, event]
            open_step, waiting = None, []
    return (*parts, *_closed(open_step), *waiting)


@dataclass
class _OpenStep:
    number: int
    at: float
    before: tuple[RequestRetried | ReplyRepaired, ...]
    reply: Replied
    after: list[BaseEvent]


def _closed(step: _OpenStep | None) -> list[Part]:
    if step is None:
        return []
    finished = {event.call.id for event in step.after if isinstance(event, ToolFinished)}
    after = tuple(
        event for event in step.after if not (isinstance(event, ToolStarted) and event.call.id in finished)
    )
    return [Step(step.number, step.at, step.before, step.reply, after)]
