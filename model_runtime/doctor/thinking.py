"""Is the reasoning parser right? With thinking on, thoughts arrive in their field; off, the answer in content."""

from model_runtime.doctor.asker import Answer, Asker
from model_runtime.doctor.base import Finding
from model_runtime.doctor.flags import parser_flags, restart, runs_with
from model_runtime.repairs.misplaced import END_OF_THINK, THINK

ON, OFF = "thinking on", "thinking off"
QUESTION = "What is 2 + 3? Answer in one short sentence."


class ThinkingProbe:
    subjects = (ON, OFF)

    async def look(self, asker: Asker) -> tuple[Finding, ...]:
        if asker.profile.thinking is None:
            return (_plain(await asker.say(QUESTION)), Finding(OFF, "skipped", "this profile has no such switch"))
        on = await asker.say(QUESTION, thinking=True)
        off = await asker.say(QUESTION, thinking=False)
        return (_judge_on(asker, on), _judge_off(asker, off))


def _plain(answer: Answer) -> Finding:
    """A model that is not asked to think: something has to come."""
    reply = answer.reply
    if not (reply.content.strip() or reply.reasoning.strip()):
        return Finding(ON, "wrong", "the reply to a plain question is empty", "look at the server's log")
    where = "in its field" if reply.reasoning.strip() else "none, or in the content"
    return Finding(ON, "right", f"left to the model; thoughts: {where}")


def _judge_on(asker: Asker, answer: Answer) -> Finding:
    reply = answer.reply
    if THINK in reply.content or END_OF_THINK in reply.content:
        return _wrong_parser(asker, ON, "the thoughts stand in the content")
    if not reply.reasoning.strip():
        return _wrong_parser(asker, ON, "no thoughts arrive in reasoning_content")
    if not reply.content.strip() and reply.finish_reason != "length":
        return _wrong_parser(asker, ON, "thoughts and answer both arrive in reasoning_content")
    return Finding(ON, "right", "the thoughts arrive in reasoning_content, the answer in content")


def _judge_off(asker: Asker, answer: Answer) -> Finding:
    reply = answer.reply
    if reply.content.strip() and not reply.reasoning.strip():
        return Finding(OFF, "right", "the answer arrives in content")
    if not reply.content.strip() and reply.reasoning.strip():
        return _wrong_parser(asker, OFF, "the answer arrives in reasoning_content, and content is empty")
    if not reply.content.strip():
        return Finding(OFF, "wrong", "the reply is empty", "look at the server's log: mimosa logs")
    return Finding(OFF, "note", "the model thinks all the same: its template does not know enable_thinking")


def _wrong_parser(asker: Asker, subject: str, what: str) -> Finding:
    said = what + runs_with(asker.facts, "reasoning_parser")
    return Finding(subject, "wrong", said, restart(parser_flags(asker)))
