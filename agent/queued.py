"""What was said while the model worked, and has not been taken by it yet."""

from collections.abc import Iterable

from agent.events import BaseEvent, MessageQueued, Rewound, SessionForked, UserRan, UserSaid
from agent.turn import Incoming


def queued(events: Iterable[BaseEvent]) -> list[Incoming]:
    """What waits after all these events of a log, in order. A rewind leaves it behind, and so does a copy of a
    session: what is to wait there as well is queued anew."""
    waiting: list[Incoming] = []
    for event in events:
        match event:
            case MessageQueued(message=message):
                waiting.append(message)
            case UserSaid() | UserRan() if event in waiting:
                waiting.remove(event)
            case Rewound() | SessionForked():
                waiting.clear()
    return waiting
