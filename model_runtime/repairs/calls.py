"""Repairs of a call's arguments and id. See `mend` for the faults."""

import json
from collections.abc import Iterator
from dataclasses import replace

from model_runtime.base import ChatRequest, Repaired, ToolSchema
from model_runtime.messages import AssistantMessage
from model_runtime.profiles import Profile
from model_runtime.repairs.arguments import malformed, object_text
from model_runtime.repairs.misplaced import Outcome
from model_runtime.reply import RawCall, RawReply
from model_runtime.text import shorten


def restore_nulls(reply: RawReply, request: ChatRequest, profile: Profile) -> Outcome:
    """The server turns the text `null` into None; where the tool requires a string, it was the text."""
    if profile.tool_calls != "mimo":
        return reply, None
    restored: list[str] = []
    calls = tuple(restore_null(call, request.tools, restored) for call in reply.calls)
    if not restored:
        return reply, None
    return replace(reply, calls=calls), Repaired("null_restored", f'"null" for None in {", ".join(restored)}')


def restore_null(call: RawCall, tools: tuple[ToolSchema, ...], restored: list[str]) -> RawCall:
    """`call` with its nulls restored; adds `tool.parameter` to `restored` for each."""
    text = object_text(call.arguments)
    arguments = json.loads(text) if text else {}
    keys = [key for key in required_strings(call.name, tools) if key in arguments and arguments[key] is None]
    if not keys:
        return call
    restored.extend(f"{call.name}.{key}" for key in keys)
    return replace(call, arguments=json.dumps({**arguments, **dict.fromkeys(keys, "null")}, ensure_ascii=False))


def required_strings(name: str, tools: tuple[ToolSchema, ...]) -> Iterator[str]:
    for tool in tools:
        if tool.name != name:
            continue
        properties = tool.parameters.get("properties", {})
        for key in tool.parameters.get("required", ()):
            if properties.get(key, {}).get("type") == "string":
                yield key


def wrap_malformed(reply: RawReply, _request: ChatRequest, _profile: Profile) -> Outcome:
    """Arguments that are no JSON object are kept as text in one that is; the tools answer it."""
    broken = [call for call in reply.calls if object_text(call.arguments) is None or not call.name]
    if not broken:
        calls = tuple(replace(call, arguments=object_text(call.arguments) or "{}") for call in reply.calls)
        return replace(reply, calls=calls), None
    calls = tuple(
        replace(
            call, name=call.name or "unnamed", arguments=object_text(call.arguments) or malformed(call.arguments)
        )
        for call in reply.calls
    )
    detail = "; ".join(f"{call.name or 'a call without a name'}: {shorten(call.arguments, 80)}" for call in broken)
    return replace(reply, calls=calls), Repaired("malformed_arguments", detail)


def give_ids(reply: RawReply, request: ChatRequest, _profile: Profile) -> Outcome:
    """Every call has an id of its own: a result is matched to its call by it. Made-up ids count on from the calls
    of the history, so the same reply to the same request gets the same ids."""
    taken = {call.id for message in said(request) for call in message.tool_calls}
    number = sum(len(message.tool_calls) for message in said(request))
    calls: list[RawCall] = []
    made: list[str] = []
    for call in reply.calls:
        id_ = call.id
        while not id_ or id_ in taken:
            id_ = f"call_{number}"
            number += 1
        if id_ != call.id:
            made.append(id_)
        taken.add(id_)
        calls.append(replace(call, id=id_))
    if not made:
        return reply, None
    return replace(reply, calls=tuple(calls)), Repaired("call_id", f"made up for calls without: {', '.join(made)}")


def said(request: ChatRequest) -> Iterator[AssistantMessage]:
    return (message for message in request.messages if isinstance(message, AssistantMessage))
