"""What the user allowed for a session: it holds as long as the session does, however often that is opened."""

from collections.abc import Iterable

from agent.events import BaseEvent, PermissionAnswered, PermissionsForgotten


def allowed_in(events: Iterable[BaseEvent]) -> tuple[str, ...]:
    """The patterns that count after all events of a log. A rewind takes back what was said and done, not what the
    user allows."""
    patterns: dict[str, None] = {}
    for event in events:
        match event:
            case PermissionAnswered(allowed=True, pattern=pattern) if pattern:
                patterns[pattern] = None
            case PermissionsForgotten():
                patterns.clear()
    return tuple(patterns)
