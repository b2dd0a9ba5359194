"""The model's side of a session log, read as plain JSON lines: this package knows nothing of agents."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_runtime.base import Usage
from model_runtime.errors import ModelRefused
from model_runtime.messages import AssistantMessage


@dataclass(frozen=True)
class Played:
    """One recorded reply. `seconds` is what it took when it was made."""

    message: AssistantMessage
    finish_reason: str
    usage: Usage
    seconds: float


@dataclass(frozen=True)
class Recording:
    """What a session log says of its model. `context_length` is in tokens."""

    model: str
    context_length: int
    replies: tuple[Played, ...]


def read_recording(path: Path) -> Recording:
    """The model's side of a session log (`events.jsonl`). Raises ModelRefused if it cannot be played."""
    model, context_length, replies = "an unnamed model", 0, []
    for event in read_events(path):
        match event.get("type"):
            case "session_started":
                model = str(event.get("model") or model)
                context_length = int(event.get("context_length") or 0)
            case "replied":
                replies.append(read_reply(event, path))
            case "compacted":
                # The summary was a reply too, to a request of its own.
                replies.append(read_reply({**event, "message": event.get("reply")}, path))
    if not replies:
        raise ModelRefused(
            f"{path} holds no reply of a model: it is empty, or no session log of Mimosa (events.jsonl)."
        )
    return Recording(model, context_length or 262_144, tuple(replies))


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelRefused(
            f"The recording {path} cannot be read: {error}. Give --model replay:FILE a session log."
        ) from error
    lines = text.split("\n")
    torn = lines.pop()  # what a killed session had not finished writing
    for number, line in enumerate([*lines, torn] if whole(torn) else lines, start=1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)["event"]
        except (ValueError, KeyError, TypeError) as error:
            raise ModelRefused(
                f"{path}, line {number}: this is no line of a session log of Mimosa ({error})."
            ) from error
        if isinstance(event, dict):
            yield event


def whole(line: str) -> bool:
    """Whether the last line, which has no newline, is nevertheless complete."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def read_reply(event: dict[str, Any], path: Path) -> Played:
    try:
        return Played(
            AssistantMessage.model_validate(event["message"]),
            str(event.get("finish_reason") or "stop"),
            Usage.model_validate(event.get("usage") or {}),
            float(event.get("seconds") or 0.0),
        )
    except (KeyError, ValueError) as error:
        raise ModelRefused(f"{path}: a recorded reply cannot be read: {error}") from error
