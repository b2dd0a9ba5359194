"""A server's reply as it came, before anything is put right; here the unstreamed ones, in `assemble` streams."""

import json
from dataclasses import dataclass
from typing import Any

from model_runtime.base import Usage
from model_runtime.text import encodable

Json = dict[str, Any]


@dataclass(frozen=True)
class RawCall:
    """A call as the server gave it: any of these may be empty, and `arguments` may be no JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class RawReply:
    content: str
    reasoning: str
    calls: tuple[RawCall, ...]
    finish_reason: str
    usage: Usage = Usage()


def whole_reply(body: Json) -> RawReply | None:
    """The reply in an unstreamed answer, or None if there is none in it."""
    choice = first_choice(body)
    message = choice.get("message")
    if not isinstance(message, dict):
        return None
    calls = tuple(raw_call(call) for call in objects(message.get("tool_calls")))
    return RawReply(
        encodable(text_of(message.get("content"))),
        encodable(reasoning_of(message)),
        calls,
        text_of(choice.get("finish_reason")) or ("tool_calls" if calls else "stop"),
        usage_of(body),
    )


def first_choice(body: Json) -> Json:
    """Choice 0 of an answer or of a streamed chunk; empty if there is none."""
    choices = objects(body.get("choices"))
    return next((choice for choice in choices if choice.get("index") in (0, None)), {})


def raw_call(call: Json) -> RawCall:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    return RawCall(text_of(call.get("id")), text_of(function.get("name")), arguments_of(function.get("arguments")))


def arguments_of(value: object) -> str:
    """The text of the arguments; some servers send the object itself."""
    if value is None or isinstance(value, str):
        return encodable(value or "")
    return encodable(json.dumps(value, ensure_ascii=False))


def reasoning_of(message: Json) -> str:
    """The thinking in a message or delta: `reasoning_content`, or `reasoning` as some servers call it."""
    return text_of(message.get("reasoning_content")) or text_of(message.get("reasoning"))


def text_of(value: object) -> str:
    """A text field: a string, null, or a list of parts of which the texts count."""
    if isinstance(value, str):
        return value
    return "".join(part["text"] for part in objects(value) if isinstance(part.get("text"), str))


def objects(value: object) -> list[Json]:
    """The objects in a list that may be null or hold anything."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def usage_of(body: Json) -> Usage:
    """The usage block; 0 where the server says null or nothing."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(
        prompt_tokens=count(usage.get("prompt_tokens")),
        completion_tokens=count(usage.get("completion_tokens")),
        cached_tokens=count(cached),
    )


def count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
