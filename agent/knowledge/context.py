"""Where the tokens are: what a request consists of, part by part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.events import SessionStarted
from agent.history import History
from agent.knowledge.head import head_parts
from agent.mcp.names import server_of
from model_runtime.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage


@dataclass(frozen=True)
class Share:
    """`group` is what a bar shows as one: the head, tools, or the conversation."""

    name: str
    group: str
    tokens: int


def context_shares(start: SessionStarted, history: History) -> tuple[Share, ...]:
    """The parts in the order of the request. Their sizes are estimates that add up to what the server counted."""
    sized = [*_head(start), *_said(history.messages)]
    total = sum(characters for _, _, characters in sized)
    scale = history.tokens / total if total else 0.0
    return tuple(Share(name, group, round(characters * scale)) for name, group, characters in sized)


Sized = tuple[str, str, int]


def _head(start: SessionStarted) -> list[Sized]:
    parts: dict[tuple[str, str], int] = {}
    for part in head_parts(start):
        tool = part.name.removeprefix("tool ")
        if tool == part.name:
            key = (part.name, "head")
        else:
            server = server_of(tool)
            key = (f"tools of {server}" if server else "tools", "tools")
        parts[key] = parts.get(key, 0) + part.characters
    return [(name, group, characters) for (name, group), characters in parts.items()]


def _said(messages: Sequence[Message]) -> list[Sized]:
    sizes = dict.fromkeys(("your messages", "thinking", "answers", "calls", "results"), 0)
    for message in messages:
        for name, characters in _parts(message):
            sizes[name] += characters
    return [(name, "conversation", characters) for name, characters in sizes.items() if characters]


def _parts(message: Message) -> Iterator[tuple[str, int]]:
    match message:
        case SystemMessage():
            return
        case UserMessage(content=content):
            yield "your messages", len(content)
        case ToolMessage(content=content):
            yield "results", len(content)
        case AssistantMessage():
            yield "thinking", len(message.reasoning_content)
            yield "answers", len(message.content)
            yield "calls", sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
