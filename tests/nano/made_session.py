"""A session of lessons that nobody has learned from, up to where its first edit comes next."""

import json
from functools import cache
from pathlib import Path

from model_runtime.base import ToolSchema
from model_runtime.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage

SESSION = Path(__file__).parents[1] / "benchmarks" / "nano_session.json"


@cache
def session() -> tuple[tuple[ToolSchema, ...], list[Message]]:
    """Its tools, and its messages."""
    data = json.loads(SESSION.read_text())
    messages: list[Message] = [SystemMessage(content=data["system"])]
    for wire in data["messages"]:
        match wire["role"]:
            case "user":
                messages.append(UserMessage(content=wire["content"]))
            case "tool":
                messages.append(ToolMessage(content=wire["content"], tool_call_id=wire["tool_call_id"]))
            case _:
                calls = tuple(ToolCall(id=call["id"], **call["function"]) for call in wire["tool_calls"])
                if calls[0].name == "str_replace":
                    break
                messages.append(AssistantMessage(reasoning_content=wire["reasoning_content"], tool_calls=calls))
    return tuple(ToolSchema.model_validate(each) for each in data["tools"]), messages
