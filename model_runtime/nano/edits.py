"""The edits of a session, and what its files hold by now."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_runtime.messages import AssistantMessage, Message, ToolMessage

TOOL = "str_replace"
DONE = "now reads, around the change:"
"""What the tool answers where it has changed something."""


@dataclass(frozen=True)
class Edit:
    """One that message number `at` asks for. done: whether it was made."""

    at: int
    old: str
    new: str
    done: bool


def edits_of(messages: Sequence[Message]) -> Iterator[Edit]:
    """Those that were answered."""
    answers = {each.tool_call_id: each.content for each in messages if isinstance(each, ToolMessage)}
    for at, message in enumerate(messages):
        for call in message.tool_calls if isinstance(message, AssistantMessage) else ():
            if call.name == TOOL and call.id in answers:
                arguments = json.loads(call.arguments)
                old, new = (str(arguments.get(key, "")) for key in ("old_str", "new_str"))
                yield Edit(at, old, new, DONE in answers[call.id])


def shown(messages: Sequence[Message]) -> str:
    """All that tools have answered. Of files it holds what was read, as edits have changed it since."""
    edits = {edit.at: edit for edit in edits_of(messages) if edit.done}
    text = ""
    for at, message in enumerate(messages):
        if at in edits and edits[at].old:
            text = text.replace(edits[at].old, edits[at].new)
        elif isinstance(message, ToolMessage):
            text += f"{message.content}\n"
    return text
