"""What was said while the model worked and it has not taken yet, and what was typed and has not been sent."""

from collections.abc import Iterable

from agent.events import (
    BaseEvent,
    InputQueued,
    InputTaken,
    MessageQueued,
    Rewound,
    SessionForked,
    UserRan,
    UserSaid,
)
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


def typed_ahead(events: Iterable[BaseEvent]) -> list[str]:
    """The lines that wait to be carried out after all these events of a log, in order. They are the user's of now:
    a rewind leaves them, and a copy of the session begins without."""
    waiting: list[InputQueued] = []

    def remove(found: Iterable[InputQueued]) -> None:
        if first := next(iter(found), None):
            waiting.remove(first)

    for event in events:
        match event:
            case InputQueued():
                waiting.append(event)
            case InputTaken(text=text):
                remove(line for line in waiting if line.text == text)
            case UserSaid(message=message, by="user"):
                remove(line for line in waiting if line.words == message.content)
            case UserRan(command=command):
                remove(line for line in waiting if line.words == f"!{command}")
            case SessionForked():
                waiting.clear()
    return [line.text for line in waiting]
