"""A whole message told as deltas, for replies that do not come as a stream."""

from collections.abc import Iterator

from model_runtime.base import CallDelta, ContentDelta, Delta, ReasoningDelta
from model_runtime.messages import AssistantMessage


def deltas(message: AssistantMessage, pieces: int = 1) -> Iterator[Delta]:
    """`message` as a server would stream it, each text in up to `pieces` pieces."""
    for text in cut(message.reasoning_content, pieces):
        yield ReasoningDelta(text)
    for text in cut(message.content, pieces):
        yield ContentDelta(text)
    for index, call in enumerate(message.tool_calls):
        yield CallDelta(index, call.name, "")
        for text in cut(call.arguments, pieces):
            yield CallDelta(index, "", text)


def cut(text: str, pieces: int) -> list[str]:
    size = -(-len(text) // pieces) or 1
    return [text[start : start + size] for start in range(0, len(text), size)]
