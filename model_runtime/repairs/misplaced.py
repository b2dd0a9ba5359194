"""Repairs of what stands in the wrong text field: thinking, answers, calls. See `mend` for the faults."""

from dataclasses import replace

from model_runtime.base import ChatRequest, Repaired, ToolSchema
from model_runtime.profiles import Profile
from model_runtime.repairs.written import WrittenCall, find_calls, without_calls
from model_runtime.reply import RawCall, RawReply

THINK, END_OF_THINK = "<think>", "</think>"

Outcome = tuple[RawReply, Repaired | None]


def split_thinking(reply: RawReply, _request: ChatRequest, _profile: Profile) -> Outcome:
    """Thinking that opens the content belongs to the reasoning."""
    text = reply.content.lstrip()
    if reply.reasoning or not text.startswith(THINK) or END_OF_THINK not in text:
        return reply, None
    thinking, _, content = text.removeprefix(THINK).partition(END_OF_THINK)
    return replace(reply, reasoning=thinking, content=content), Repaired(
        "thinking_in_content", f"{len(thinking)} characters of thinking stood in the content"
    )


def move_answer(reply: RawReply, _request: ChatRequest, profile: Profile) -> Outcome:
    """With thinking off there is no reasoning, so what was filed there is the answer."""
    if profile.thinking is not False or reply.content.strip() or reply.calls or not reply.reasoning.strip():
        return reply, None
    return replace(reply, reasoning="", content=reply.reasoning), Repaired(
        "answer_in_reasoning", "the answer was filed as reasoning: start the server with --reasoning-parser mimo"
    )


def take_calls_from_content(reply: RawReply, request: ChatRequest, profile: Profile) -> Outcome:
    """Calls that stand in the content as text. A name that no tool has is taken only at the very end, where it is
    a call and no talk: the tools then answer which ones there are."""
    if not may_hold_calls(reply, request, profile):
        return reply, None
    last = len(reply.content.rstrip())
    calls = [call for call in find_calls(reply.content) if is_known(call, request.tools) or call.end == last]
    return take(reply, calls, "content", request.tools)


def take_calls_from_reasoning(reply: RawReply, request: ChatRequest, profile: Profile) -> Outcome:
    """Calls made while thinking, if the reply has nothing else to say."""
    if not may_hold_calls(reply, request, profile):
        return reply, None
    calls = [call for call in find_calls(reply.reasoning) if is_known(call, request.tools)]
    return take(reply, [] if calls and went_on(reply, calls[-1]) else calls, "reasoning", request.tools)


def went_on(reply: RawReply, call: WrittenCall) -> bool:
    """Whether the model thought on after `call` and then spoke, or thought until it was cut off: it had thought
    better of the call. One that makes a call stops there."""
    thought_on = bool(reply.reasoning[call.end :].strip())
    return thought_on and (bool(reply.content.strip()) or reply.finish_reason == "length")


def may_hold_calls(reply: RawReply, request: ChatRequest, profile: Profile) -> bool:
    return (
        profile.tool_calls == "mimo" and bool(request.tools) and request.tool_choice == "auto" and not reply.calls
    )


def is_known(call: WrittenCall, tools: tuple[ToolSchema, ...]) -> bool:
    return any(tool.name == call.name for tool in tools)


def take(reply: RawReply, calls: list[WrittenCall], field: str, tools: tuple[ToolSchema, ...]) -> Outcome:
    """`calls` out of the text of `field`."""
    if not calls:
        return reply, None
    raw = tuple(RawCall("", call.name, call.arguments(tools)) for call in calls)
    finish = "tool_calls" if reply.finish_reason == "stop" else reply.finish_reason
    names = ", ".join(call.name for call in calls)
    repaired = Repaired(f"call_in_{field}", f"taken from the {field}: {names}")
    if field == "content":
        return replace(
            reply, content=without_calls(reply.content, calls), calls=raw, finish_reason=finish
        ), repaired
    return replace(
        reply, reasoning=without_calls(reply.reasoning, calls), calls=raw, finish_reason=finish
    ), repaired
