"""What this model's server is known to break, put right. Each repair is a small pure function; each that changes
something says so with a `Repaired` of a stable kind.

| kind | fault | where it was reported |
|---|---|---|
| thinking_in_content | no reasoning parser on the server: `<think>…</think>` opens the content | |
| answer_in_reasoning | wrong reasoning parser, thinking off: the answer is filed as reasoning | sglang PR 21414 |
| call_in_content | the call's text comes as content | sglang issue 31915 |
| call_in_reasoning | the call is made inside the thinking | XiaomiMiMo/MiMo-V2-Flash issue 23 |
| null_restored | the string `null` becomes None | SGLang 0.5.23, `mimo_detector.py` |
| malformed_arguments | a call's arguments are no JSON object | |
| call_id | a call has no id, or one that is already taken | |

With thinking on, a reply of reasoning alone (no content, no call) is left as it is: nobody can tell thought from
answer in it, and the loop has to ask the model to go on. HTML entities in values that the server parsed stay as
they are, for the raw text is gone; in calls that are parsed here nothing was unescaped in the first place.
"""

from collections.abc import Callable
from dataclasses import dataclass

from model_runtime.base import ChatRequest, Repaired
from model_runtime.messages import AssistantMessage, ToolCall
from model_runtime.profiles import Profile
from model_runtime.repairs.calls import give_ids, restore_nulls, wrap_malformed
from model_runtime.repairs.misplaced import (
    Outcome,
    move_answer,
    split_thinking,
    take_calls_from_content,
    take_calls_from_reasoning,
)
from model_runtime.reply import RawReply

Repair = Callable[[RawReply, ChatRequest, Profile], Outcome]

REPAIRS: tuple[Repair, ...] = (
    split_thinking,
    move_answer,
    take_calls_from_content,
    take_calls_from_reasoning,
    restore_nulls,
    wrap_malformed,
    give_ids,
)
"""In this order: an answer that was filed as reasoning may hold a call."""


@dataclass(frozen=True)
class Mended:
    """A reply that may join the history, and what had to be done to it."""

    message: AssistantMessage
    finish_reason: str
    repairs: tuple[Repaired, ...]


def mend(reply: RawReply, request: ChatRequest, profile: Profile) -> Mended:
    repairs: list[Repaired] = []
    for repair in REPAIRS:
        reply, repaired = repair(reply, request, profile)
        if repaired:
            repairs.append(repaired)
    calls = tuple(ToolCall(id=call.id, name=call.name, arguments=call.arguments) for call in reply.calls)
    message = AssistantMessage(content=reply.content, reasoning_content=reply.reasoning, tool_calls=calls)
    return Mended(message, reply.finish_reason, tuple(repairs))
