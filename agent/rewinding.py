"""Which events of a log count: a rewind takes nothing away, it says from where the session goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from agent.events import BaseEvent, Rewound

E = TypeVar("E", bound=BaseEvent)


@dataclass(frozen=True)
class _Line:
    """The events of one line of the session, the last first."""

    number: int
    before: "_Line | None"


def standing(events: Sequence[E]) -> tuple[E, ...]:
    """The events of a log, in order, without those that were rewound; an event's place in it is its number.
    After a `Rewound` the session stands as it did after its first `to` events, whatever was rewound up to
    there."""
    return tuple(events[number] for number in standing_numbers(events))


def standing_numbers(events: Sequence[BaseEvent]) -> tuple[int, ...]:
    """The numbers of those events."""
    ends: list[_Line | None] = [None]  # how the session stood after so many events
    for number, event in enumerate(events):
        before = ends[event.to] if isinstance(event, Rewound) else ends[-1]
        ends.append(_Line(number, before))
    numbers = []
    line = ends[-1]
    while line is not None:
        numbers.append(line.number)
        line = line.before
    return tuple(reversed(numbers))
