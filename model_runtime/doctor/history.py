"""Does the thinking of earlier turns reach the model? The tokens of the prompt tell, whatever the model says."""

from model_runtime.doctor.asker import Asker
from model_runtime.doctor.base import Finding
from model_runtime.messages import AssistantMessage, Message, UserMessage

SUBJECT = "thoughts in history"
THOUGHT = "The lamp is red, the door is green, and the window between them was painted blue in the spring. " * 4


class HistoryProbe:
    subjects = (SUBJECT,)

    async def look(self, asker: Asker) -> tuple[Finding, ...]:
        if asker.profile.send_reasoning == "never":
            return (Finding(SUBJECT, "skipped", "this profile sends none"),)
        without = await asker.ask(*_history(""), most=1)
        with_thought = await asker.ask(*_history(THOUGHT), most=1)
        before, after = without.reply.usage.prompt_tokens, with_thought.reply.usage.prompt_tokens
        if not before or not after:
            return (Finding(SUBJECT, "skipped", "the endpoint does not count the prompt's tokens"),)
        if after > before + len(THOUGHT.split()) // 2:
            said = f"reasoning_content reaches the model: {after - before} tokens more for it"
            return (Finding(SUBJECT, "right", said),)
        if asker.profile.send_reasoning != "always":
            return (Finding(SUBJECT, "note", "reasoning_content of earlier turns does not reach the model"),)
        return (
            Finding(
                SUBJECT,
                "wrong",
                "reasoning_content of earlier turns does not reach the model, which was trained to see all of it",
                "serve it with its own chat template, and without a proxy that drops fields",
            ),
        )


def _history(thought: str) -> tuple[Message, ...]:
    return (
        UserMessage(content="Which colour has the lamp?"),
        AssistantMessage(content="Red.", reasoning_content=thought),
        UserMessage(content="And the door?"),
    )
