"""The contract between the agent and whatever answers: a request in, typed deltas out, one message at the end."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from model_runtime.messages import AssistantMessage, Frozen, Message


class Sampling(Frozen):
    """How to draw tokens. The defaults are the authors' advice for agentic work (model card of MiMo-V2-Flash)."""

    temperature: float = 0.3
    top_p: float = 0.95
    max_tokens: int = 32_768


class ToolSchema(Frozen):
    """One tool as the model sees it. `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class ChatRequest:
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...] = ()
    tool_choice: Literal["auto", "none"] = "auto"
    sampling: Sampling = Sampling()
    stream: bool = False


class Usage(Frozen):
    """Tokens of one request, as the server counted them; 0 where it does not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True)
class ContentDelta:
    text: str


@dataclass(frozen=True)
class CallDelta:
    """Part of a tool call: the name comes first, whole, and is "" afterwards; the arguments follow as raw text."""

    index: int
    name: str
    arguments: str


@dataclass(frozen=True)
class Retrying:
    """The attempt failed; everything streamed since the request began is void."""

    reason: str
    attempt: int
    wait_s: float


@dataclass(frozen=True)
class Repaired:
    """The server's answer was broken in a known way and was put right. `kind` is a short stable name."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Completed:
    """The last delta of every reply. `finish_reason` is the server's: stop, tool_calls, length, …"""

    message: AssistantMessage
    finish_reason: str
    usage: Usage
    seconds: float


Delta = ReasoningDelta | ContentDelta | CallDelta | Retrying | Repaired | Completed


@dataclass(frozen=True)
class ServerInfo:
    """What the endpoint says of itself. `context_length` is in tokens; `owned_by` as in `GET /v1/models`;
    `profile` names the profile in use (`model_runtime.profiles.find_profile`)."""

    model: str
    context_length: int
    owned_by: str = ""
    profile: str = "generic"

    @property
    def drops_tools_on_none(self) -> bool:
        """Whether tool_choice "none" takes the tools out of the prompt, so that such a request shares no cached
        prefix with the others (SGLang 0.5.23, `serving_chat.py`). Ask such a server with "auto" instead."""
        return self.owned_by == "sglang"


class ChatModel(Protocol):
    """Something that answers chat requests: a server, or a recording."""

    @property
    def name(self) -> str:
        """What to call it on the screen and in the log."""
        ...

    async def info(self) -> ServerInfo:
        """Ask the endpoint once what it serves. Raises ModelError."""
        ...

    def chat(self, request: ChatRequest) -> AsyncIterator[Delta]:
        """Stream the reply to `request`, ending with exactly one `Completed`. Closing the iterator early
        drops the connection, so that the server stops generating. Raises ModelError."""
        ...

    async def close(self) -> None: ...
