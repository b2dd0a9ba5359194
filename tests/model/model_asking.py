"""Helpers of the model tests: tools as the model knows them, and a client that does not wait."""

from dataclasses import dataclass, field

from model_server import ModelServer

from model_runtime.base import (
    CallDelta,
    ChatRequest,
    Completed,
    ContentDelta,
    Delta,
    ReasoningDelta,
    Repaired,
    Retrying,
    ToolSchema,
)
from model_runtime.client import ChatClient, Limits
from model_runtime.endpoint import Endpoint
from model_runtime.messages import AssistantMessage, Message, SystemMessage, UserMessage
from model_runtime.profiles import Profile, find_profile
from model_runtime.retry import RetryPolicy
from model_runtime.transport import Timeouts

BASH = ToolSchema(
    name="bash",
    description="Run a command.",
    parameters={
        "type": "object",
        "properties": {"command": {"type": "string"}, "timeout": {"type": "number"}},
        "required": ["command"],
    },
)
STR_REPLACE = ToolSchema(
    name="str_replace",
    description="Edit a file.",
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "old_str": {"type": "string"},
            "new_str": {"type": "string"},
            "note": {"type": "string"},
        },
        "required": ["path", "old_str", "new_str"],
    },
)
MIXED = ToolSchema(
    name="mixed",
    description="One parameter of each type.",
    parameters={
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "count": {"type": "integer"},
            "ratio": {"type": "number"},
            "flag": {"type": "boolean"},
            "items": {"type": "array"},
            "table": {"$ref": "#/$defs/Table"},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
        "$defs": {"Table": {"type": "object"}},
    },
)
TOOLS = (BASH, STR_REPLACE, MIXED)
HEAD: tuple[Message, ...] = (SystemMessage(content="You are MiMo."), UserMessage(content="fix it"))

QUICK = RetryPolicy(attempts=3, first_wait_s=0.01, max_wait_s=0.02, max_retry_after_s=0.05)
LIMITS = Limits(QUICK, QUICK, Timeouts(connect_s=5, asking_s=5, silence_s=5, whole_s=5))

MIMO = find_profile("mimo-v2-flash")
GENERIC = find_profile("generic")


def request(*more: Message, stream: bool = False, tools: tuple[ToolSchema, ...] = TOOLS) -> ChatRequest:
    return ChatRequest((*HEAD, *more), tools, stream=stream)


def client(server: ModelServer, profile: Profile | None = None, limits: Limits = LIMITS) -> ChatClient:
    return ChatClient(Endpoint(server.url, model=server.model), profile, limits=limits)


@dataclass
class Answer:
    """What came back for one request: `since` are the deltas after the last `Retrying`."""

    deltas: list[Delta] = field(default_factory=list)

    @property
    def completed(self) -> Completed:
        last = self.deltas[-1]
        assert isinstance(last, Completed)
        assert sum(isinstance(delta, Completed) for delta in self.deltas) == 1
        return last

    @property
    def message(self) -> AssistantMessage:
        return self.completed.message

    @property
    def repairs(self) -> list[str]:
        return [delta.kind for delta in self.deltas if isinstance(delta, Repaired)]

    @property
    def retries(self) -> list[Retrying]:
        return [delta for delta in self.deltas if isinstance(delta, Retrying)]

    @property
    def since(self) -> list[Delta]:
        last = max((i for i, delta in enumerate(self.deltas) if isinstance(delta, Retrying)), default=-1)
        return self.deltas[last + 1 :]

    @property
    def streamed(self) -> tuple[str, str, list[tuple[str, str]]]:
        """The reasoning, the content and the calls as somebody who watches saw them."""
        reasoning = "".join(delta.text for delta in self.since if isinstance(delta, ReasoningDelta))
        content = "".join(delta.text for delta in self.since if isinstance(delta, ContentDelta))
        calls: dict[int, tuple[str, str]] = {}
        for delta in self.since:
            if isinstance(delta, CallDelta):
                name, arguments = calls.get(delta.index, ("", ""))
                assert not (name and delta.name), "the name comes once"
                calls[delta.index] = (name + delta.name, arguments + delta.arguments)
        return reasoning, content, list(calls.values())


async def ask(chat: ChatClient, what: ChatRequest) -> Answer:
    """One whole answer; the client is closed afterwards."""
    answer = Answer()
    try:
        async for delta in chat.chat(what):
            answer.deltas.append(delta)
    finally:
        await chat.close()
    return answer


async def answer_to(*script: object, stream: bool = False, profile: Profile | None = None) -> Answer:
    """The answer of a server with `script` to a plain request."""
    with ModelServer(*script) as server:  # type: ignore[arg-type]
        return await ask(client(server, profile), request(stream=stream))
