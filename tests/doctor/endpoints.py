"""Endpoints with one fault each: a small model that answers the doctor's questions, behind a server's parsers."""

import html
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from model_server import Call, Reply, Script

from model_runtime.doctor.arguments import EXACT, WORD
from model_runtime.doctor.calls import TOOL

Body = dict[str, Any]
THOUGHT, ANSWER = "Two and three make five.", "The sum is 5."
CALL = Call(TOOL.name, {"text": EXACT, "word": WORD})
AS_TEXT = (
    f"<tool_call>\n<function={TOOL.name}>\n<parameter=text>{EXACT}</parameter>\n"
    f"<parameter=word>{WORD}</parameter>\n</function>\n</tool_call>"
)


def thinks(body: Body) -> bool:
    return bool(body.get("chat_template_kwargs", {}).get("enable_thinking"))


def usage_of(body: Body, cached: int = 0) -> Body:
    """Counts what a template would put into the prompt."""
    prompt = sum(len(str(message.get(key) or "").split()) for message in body["messages"] for key in message)
    details = {"cached_tokens": cached}
    return {"prompt_tokens": prompt, "completion_tokens": 9, "prompt_tokens_details": details}


def good(body: Body) -> Reply:
    """A server with the right parsers, whose cache holds all but the last message."""
    kept = {**body, "messages": body["messages"][:-1]}
    usage = usage_of(body, usage_of(kept)["prompt_tokens"])
    thought = THOUGHT if thinks(body) else None
    if body.get("tools"):
        return Reply(reasoning=thought, calls=(CALL,), usage=usage)
    return Reply(content=ANSWER, reasoning=thought, usage=usage)


def altered(change: Callable[[Reply, Body], Reply]) -> Script:
    """The good server with one fault."""
    return lambda body: change(good(body), body)


def without_reasoning_parser(reply: Reply, _: Body) -> Reply:
    thought = f"<think>{reply.reasoning}</think>" if reply.reasoning else ""
    return replace(reply, reasoning=None, content=thought + (reply.content or ""))


def parser_that_always_thinks(reply: Reply, body: Body) -> Reply:
    """As qwen3's does for this model: with thinking off, the answer is filed as a thought."""
    if thinks(body) or reply.calls:
        return reply
    return replace(reply, reasoning=reply.content, content=None)


def without_tool_parser(reply: Reply, _: Body) -> Reply:
    return replace(reply, calls=(), content=AS_TEXT) if reply.calls else reply


def streams_brokenly(reply: Reply, body: Body) -> Reply:
    if not (reply.calls and body.get("stream")):
        return reply
    return replace(reply, calls=(Call(TOOL.name, json.dumps(CALL.arguments)[:-9]),))


def with_arguments(arguments: Body) -> Callable[[Reply, Body], Reply]:
    return lambda reply, _: replace(reply, calls=(Call(TOOL.name, arguments),)) if reply.calls else reply


UNESCAPES = with_arguments({"text": html.unescape(EXACT), "word": WORD})
LOSES_NULL = with_arguments({"text": EXACT, "word": None})
BREAKS_LINES = with_arguments({"text": EXACT.replace("\n", "\\n"), "word": WORD})


def drops_reasoning(reply: Reply, body: Body) -> Reply:
    """A proxy or a template that does not know the field."""
    kept = [{key: message[key] for key in message if key != "reasoning_content"} for message in body["messages"]]
    return replace(reply, usage=usage_of({"messages": kept}))


def never_caches(reply: Reply, body: Body) -> Reply:
    return replace(reply, usage=usage_of(body))


def forgets_one_token_replies() -> Script:
    """As SGLang 0.5.23 often does: the prompt of a request that ends with its first token is not kept."""
    forgotten: list[Body] = []

    def script(body: Body) -> Reply:
        first = body["messages"][:2]
        hit = first not in forgotten
        if body.get("max_tokens") == 1:
            forgotten.append(first)
        return good(body) if hit else replace(good(body), usage=usage_of(body))

    return script


def counts_nothing(reply: Reply, _: Body) -> Reply:
    return replace(reply, usage={})


def never_calls(reply: Reply, _: Body) -> Reply:
    return replace(reply, calls=(), content="I would rather not.") if reply.calls else reply
