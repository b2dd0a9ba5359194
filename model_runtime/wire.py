"""A request as bytes. The body of request N, without its closing `]}`, begins the body of request N + 1.

So a server's prefix cache keeps hitting, and a test can prove it. Everything that is the same for a whole session
comes first, in a fixed order; the messages come last.
"""

import json
from typing import Any

from model_runtime.base import ChatRequest, ToolSchema
from model_runtime.messages import AssistantMessage, Message
from model_runtime.profiles import Profile
from model_runtime.text import encodable

CLOSING = b"]}"
"""What ends every body."""


def request_body(request: ChatRequest, model: str, profile: Profile) -> bytes:
    """The JSON body of `POST /v1/chat/completions`, compact, UTF-8."""
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
    head["messages"] = [wire_message(message, profile) for message in request.messages]
    return encodable(json.dumps(head, ensure_ascii=False, separators=(",", ":"), allow_nan=False)).encode()


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
