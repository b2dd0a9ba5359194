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
from model_runtime.nano.train.lessons import Lesson, Marks, marked

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


@dataclass(frozen=True)
class Session:
    """The text of a session without the head. `slips` are the assistant's turns, from 0, that are mistakes."""

    text: str
    slips: frozenset[int] = frozenset()


def read_sessions(file: Path) -> list[Session]:
    """The sessions of a file of lessons."""
    with file.open(encoding="utf-8") as lines:
        return [_session(json.loads(line)) for line in lines]


def encode(tokenizer: Tokenizer, sessions: list[Session], longest: int) -> list[Lesson]:
    """Lessons of at most `longest` tokens; longer ones are left out."""
    starts = tuple(tokenizer.encode(GENERATION).ids)
    marks = Marks(starts, *(_id(tokenizer, text) for text in (END, OPEN, CLOSE)))
    encoded = tokenizer.encode_batch([session.text for session in sessions])
    ids = [np.array(each.ids, dtype=np.int64) for each in encoded]
    return [
        marked(each, marks, session.slips)
        for each, session in zip(ids, sessions, strict=True)
        if len(each) <= longest
    ]


def _session(wire: dict[str, Any]) -> Session:
    messages = [_message(each) for each in wire["messages"]]
    turns = [at for at, message in enumerate(messages) if isinstance(message, AssistantMessage)]
    slips = frozenset(turns.index(at) for at in wire.get("slips", ()))
    return Session(render(messages, generate=False), slips)


def _id(tokenizer: Tokenizer, text: str) -> int:
    found = tokenizer.token_to_id(text)
    assert found is not None, f"{text} is an added token"
    return int(found)


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
