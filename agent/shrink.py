"""Making a request smaller where nothing else helps: old tool results become one line each."""

from collections.abc import Sequence

from model_runtime.messages import Message, ToolMessage

SHARES = (0.0, 0.25, 0.5, 0.8, 1.0)
"""Shares of all tool results, by characters and from the oldest on, that are left out one after the other."""


def without_oldest_results(messages: Sequence[Message], share: float) -> tuple[Message, ...]:
    """A copy in which the oldest tool results, up to `share` of their characters, are replaced by a line."""
    to_go = share * sum(len(message.content) for message in messages if isinstance(message, ToolMessage))
    smaller: list[Message] = []
    for message in messages:
        if to_go <= 0 or not isinstance(message, ToolMessage):
            smaller.append(message)
            continue
        to_go -= len(message.content)
        line = f"[this result of {len(message.content):,} characters was left out to make room]"
        smaller.append(
            message.model_copy(update={"content": line}) if len(line) < len(message.content) else message
        )
    return tuple(smaller)
