"""From lessons in JSON lines to tokens: the head that all sessions share, and each session behind it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from model_runtime.base import ToolSchema
from model_runtime.messages import AssistantMessage, Message, ToolCall, ToolMessage, UserMessage
from model_runtime.nano.template import GENERATION, head, render
from model_runtime.nano.train.lessons import Lesson, marked

END, OPEN, CLOSE = "<|im_end|>", "<parameter=", "</parameter>"


@dataclass(frozen=True)
class Head:
    """What every session begins with: the system prompt and the tools of the product."""

    system: str
    tools: tuple[ToolSchema, ...]

    @property
    def text(self) -> str:
        return head(self.system, self.tools)

    @classmethod
    def read(cls, file: Path) -> "Head":
        data = json.loads(file.read_text(encoding="utf-8"))
        return cls(data["system"], tuple(ToolSchema.model_validate(tool) for tool in data["tools"]))


def read_sessions(file: Path) -> list[str]:
    """The text of each session of a file of lessons, without the head."""
    with file.open(encoding="utf-8") as lines:
        return [render(_messages(json.loads(line)["messages"]), generate=False) for line in lines]


def encode(tokenizer: Tokenizer, texts: list[str], longest: int) -> list[Lesson]:
    """Lessons of at most `longest` tokens; longer ones are left out."""
    starts = tuple(tokenizer.encode(GENERATION).ids)
    end, opens, closes = (_id(tokenizer, text) for text in (END, OPEN, CLOSE))
    ids = (np.array(encoded.ids, dtype=np.int64) for encoded in tokenizer.encode_batch(texts))
    return [marked(each, starts, end, opens, closes) for each in ids if len(each) <= longest]


def _id(tokenizer: Tokenizer, text: str) -> int:
    found = tokenizer.token_to_id(text)
    assert found is not None, f"{text} is an added token"
    return int(found)


def _messages(wire: list[dict[str, Any]]) -> list[Message]:
    return [_message(each) for each in wire]


def _message(wire: dict[str, Any]) -> Message:
    match wire["role"]:
        case "user":
            return UserMessage(content=wire["content"])
        case "tool":
            return ToolMessage(content=wire["content"], tool_call_id=wire["tool_call_id"])
        case _:
            calls = tuple(
                ToolCall(id=call["id"], name=call["function"]["name"], arguments=call["function"]["arguments"])
                for call in wire.get("tool_calls") or ()
            )
            return AssistantMessage(
                content=wire["content"] or "", reasoning_content=wire["reasoning_content"], tool_calls=calls
            )
