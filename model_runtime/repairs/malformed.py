"""When a streamed reply is so broken that it has to be asked for again, unstreamed.

Streaming parsers of calls lose data at chunk boundaries, more so with speculative decoding (sglang issues 31915
and 36339: 5% of streamed calls malformed, none of the unstreamed).
"""

from model_runtime.base import ChatRequest
from model_runtime.profiles import Profile
from model_runtime.repairs.arguments import object_text
from model_runtime.repairs.written import find_calls, has_markup
from model_runtime.reply import RawReply


class StreamMalformed(Exception):
    """A streamed reply that has to be asked for again; the message says what is wrong with it."""


def why_malformed(reply: RawReply, request: ChatRequest, profile: Profile) -> str:
    """What is wrong with a streamed reply, or "". One that was cut off at its length is not the parser's fault."""
    if reply.finish_reason == "length":
        return ""
    for call in reply.calls:
        if not call.name:
            return "a call without a name"
        if object_text(call.arguments) is None:
            return f"the arguments of {call.name} are no JSON object"
    if reply.calls or not request.tools or request.tool_choice == "none":
        return ""
    if find_calls(reply.content) or find_calls(reply.reasoning):
        return ""
    if reply.finish_reason == "tool_calls":
        return "the server says that there is a call, and gives none"
    if profile.tool_calls == "mimo" and has_markup(reply.content):
        return "parts of a call stand in the content"
    return ""
