"""A request as bytes. The body of request N, without its closing `]}`, begins the body of request N + 1.

So a server's prefix cache keeps hitting, and a test can prove it. Everything that is the same for a whole session
comes first, in a fixed order; the messages come last.
"""

import json
from typing import Any
from weakref import ref

from model_runtime.base import ChatRequest, ToolSchema
from model_runtime.body import Body
from model_runtime.messages import AssistantMessage, Message
from model_runtime.profiles import Profile
from model_runtime.text import encodable

CLOSING = b"]}"
"""What ends every body."""


class BodyWriter:
    """Writes the requests of one client. A message is encoded once, when it is first sent, so that a turn late in
    a session costs no more than an early one; its bytes are kept as long as somebody has the message."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._known: dict[int, tuple[ref[Message], bytes]] = {}

    def body(self, request: ChatRequest, model: str) -> Body:
        """The JSON body of `POST /v1/chat/completions`, compact, UTF-8."""
        head = encode(wire_head(request, model, self._profile)).removesuffix(b"}")
        pieces = [head, b',"messages":[']
        for number, message in enumerate(request.messages):
            pieces += [b",", self._message(message)] if number else [self._message(message)]
        return Body((*pieces, CLOSING))

    def _message(self, message: Message) -> bytes:
        """The message's bytes. They are forgotten with it, before another one can have its id."""
        id_, known = id(message), self._known
        if id_ not in known:
            written = encode(wire_message(message, self._profile))
            known[id_] = (ref(message, lambda _: known.pop(id_)), written)
        return known[id_][1]


def encode(value: dict[str, Any]) -> bytes:
    return encodable(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).encode()


def wire_head(request: ChatRequest, model: str, profile: Profile) -> dict[str, Any]:
    """Everything but the messages."""
    head: dict[str, Any] = {"model": model, "stream": request.stream}
    if request.stream:
        head["stream_options"] = {"include_usage": True}
    head["temperature"] = request.sampling.temperature
    head["top_p"] = request.sampling.top_p
    head["max_tokens"] = request.sampling.max_tokens
    if profile.chat_template_kwargs:
        head["chat_template_kwargs"] = profile.chat_template_kwargs
    if request.tools:
        head["tools"] = [wire_tool(tool) for tool in request.tools]
        head["tool_choice"] = request.tool_choice
    return head


def wire_tool(tool: ToolSchema) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def wire_message(message: Message, profile: Profile) -> dict[str, Any]:
    """`message` as JSON. What depends on the profile depends on nothing else but the message itself, so a
    message has the same bytes in every request."""
    wire = message.to_wire()
    if not isinstance(message, AssistantMessage) or profile.send_reasoning == "always":
        return wire
    if profile.send_reasoning == "never" or not message.reasoning_content:
        del wire["reasoning_content"]
    return wire
