"""Does a tool call come back parsed, streamed and not, and are its arguments the ones that were written?"""

import json

from model_runtime.base import ToolSchema
from model_runtime.doctor.arguments import EXACT, WORD, judge_arguments
from model_runtime.doctor.asker import Answer, Asker
from model_runtime.doctor.base import Finding
from model_runtime.doctor.flags import parser_flags, restart, runs_with
from model_runtime.messages import UserMessage
from model_runtime.repairs.arguments import object_text
from model_runtime.repairs.malformed import why_malformed
from model_runtime.repairs.written import find_calls, has_markup

WHOLE, STREAMED, ARGUMENTS = "tool call", "tool call, streamed", "arguments"
TOOL = ToolSchema(
    name="write_note",
    description="Writes a note down, character for character.",
    parameters={
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "The note's text."},
            "word": {"type": "string", "description": "The note's title, one word."},
        },
        "required": ["text", "word"],
    },
)
ORDER = (
    f"Call {TOOL.name} once. Give it as word exactly: {WORD}\n"
    f"Give it as text exactly the lines between the marks, character for character, entities as they are:\n"
    f"-----\n{EXACT}\n-----"
)


class CallsProbe:
    subjects = (WHOLE, STREAMED, ARGUMENTS)

    async def look(self, asker: Asker) -> tuple[Finding, ...]:
        order = UserMessage(content=ORDER)
        whole = await asker.ask(order, tools=(TOOL,))
        streamed = await asker.ask(order, tools=(TOOL,), stream=True)
        found = [_judge(asker, WHOLE, whole), _judge(asker, STREAMED, streamed)]
        parsed = [each for each in (whole, streamed) if _arguments(each) is not None]
        if not parsed:
            return (*found, Finding(ARGUMENTS, "skipped", "there was no call to look at"))
        return (*found, judge_arguments([_arguments(each) or {} for each in parsed]))


def _arguments(answer: Answer) -> dict[str, object] | None:
    """Of the first call, as the server parsed them."""
    for call in answer.reply.calls:
        text = object_text(call.arguments)
        if call.name == TOOL.name and text is not None:
            found: dict[str, object] = json.loads(text)
            return found
    return None


def _judge(asker: Asker, subject: str, answer: Answer) -> Finding:
    reply = answer.reply
    if subject == STREAMED and reply.calls and (why := why_malformed(reply, answer.request, answer.profile)):
        return Finding(
            subject, "note", f"it comes broken ({why}); Mimosa asks again for a whole one, which costs time"
        )
    if _arguments(answer) is not None:
        return Finding(subject, "right", "it comes back parsed")
    if reply.calls:
        shown = f"{reply.calls[0].name}({reply.calls[0].arguments[:80]})"
        return Finding(subject, "wrong", f"the call is not the one that was asked for: {shown}", _mend(asker))
    if find_calls(reply.content) or has_markup(reply.content):
        said = "it comes as text in the content" + runs_with(asker.facts, "tool_call_parser")
        return Finding(subject, "wrong", said, _mend(asker))
    if find_calls(reply.reasoning) or has_markup(reply.reasoning):
        return Finding(
            subject, "note", "the model makes it inside its thoughts; Mimosa takes it from there", _mend(asker)
        )
    said = (reply.content or reply.reasoning).strip()[:80] or "nothing"
    return Finding(
        subject,
        "wrong",
        f"asked to call a tool, the model said: {said}",
        f"use a model that calls tools; with SGLang, {parser_flags(asker)} and the model's own chat template",
    )


def _mend(asker: Asker) -> str:
    return restart(parser_flags(asker))
