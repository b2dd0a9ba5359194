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
from model_runtime.nano.train.lessons import Lesson, Marks, Pieces, marked, only_edit

RARE, OFTEN = 0.01, 10
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
    marks = _marks(tokenizer)
    encoded = tokenizer.encode_batch([session.text for session in sessions])
    ids = [np.array(each.ids, dtype=np.int64) for each in encoded]
    return [
        marked(each, marks, session.slips)
        for each, session in zip(ids, sessions, strict=True)
        if len(each) <= longest
    ]


def encode_repairs(
    tokenizer: Tokenizer, repairs: list[Session], longest: int, cut: float, random: np.random.Generator
) -> list[Lesson]:
    """The same for repairs. Of the share `cut` of them only the edit is left: half as long."""
    opens = _marks(tokenizer).opens
    lessons = encode(tokenizer, repairs, longest)
    return [only_edit(each, opens) if random.random() < cut else each for each in lessons]


def pieces_of_words(tokenizer: Tokenizer, lessons: list[Lesson]) -> Pieces:
    """The tokens of letters; rare are those in less than one of a hundred lessons, or in none. What lessons seldom
    have copied needs it most."""
    among = np.zeros(tokenizer.get_vocab_size(), np.int64)
    copied = np.zeros(tokenizer.get_vocab_size(), np.int64)
    for lesson in lessons:
        among[np.unique(lesson.ids)] += 1
        np.add.at(copied, lesson.ids[lesson.copied], 1)
    texts = {number: text for text, number in tokenizer.get_vocab().items()}
    every = np.array([at for at, text in sorted(texts.items()) if text.isascii() and text.isalpha()], np.int64)
    return Pieces(every[among[every] < RARE * len(lessons)], every, 1 / (OFTEN + copied[every]))


def _marks(tokenizer: Tokenizer) -> Marks:
    starts = tuple(tokenizer.encode(GENERATION).ids)
    return Marks(starts, *(_id(tokenizer, text) for text in (END, OPEN, CLOSE)))


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
