"""`gold` applies the instance's own patch through the shell, and `null` finishes at once: a run of the one must
resolve everything, a run of the other nothing."""

import hashlib
import json
from collections.abc import Sequence

from evals.instances.base import Instance
from evals.models.scripted import Script, said
from model_runtime.messages import AssistantMessage, Message, ToolCall


def gold(instance: Instance) -> Script:
    """Apply the gold patch, then finish."""
    command = apply_command(instance.patch)

    def script(history: Sequence[Message]) -> AssistantMessage:
        if said(history) == 0:
            return calling("bash", 0, reasoning="The patch is known.", command=command)
        return finish(said(history), "The gold patch is applied.")

    return script


def null(_instance: Instance) -> Script:
    """Finish, and again where the program asks whether that was all."""
    return lambda history: finish(said(history), "Nothing was changed.")


def apply_command(patch: str) -> str:
    """A shell command that applies `patch` to the working directory."""
    text = patch if patch.endswith("\n") else f"{patch}\n"
    end = f"END_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return f"git apply --whitespace=nowarn <<'{end}'\n{text}{end}"


def finish(number: int, summary: str) -> AssistantMessage:
    return calling("finish", number, summary=summary)


def calling(name: str, number: int, *, reasoning: str = "", **arguments: str) -> AssistantMessage:
    call = ToolCall(id=f"call_{number}", name=name, arguments=json.dumps(arguments))
    return AssistantMessage(reasoning_content=reasoning, tool_calls=(call,))
