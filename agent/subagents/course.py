"""How a piece of work goes: what of its events counts for the report, and what whoever looks on is told."""

import json
from dataclasses import dataclass, field

from agent.events import BaseEvent, GuardNoticed, Replied, ToolStarted, TurnEnded
from agent.export.words import first_line, plural
from model_runtime.messages import ToolCall

WIDEST = 100
"""Characters of a call that whoever looks on is shown."""


@dataclass
class Course:
    """How the work went so far."""

    steps: int = 0
    seconds: float = 0.0
    said: str = ""
    ended: TurnEnded = field(default_factory=lambda: TurnEnded(reason="failed"))

    def take(self, event: BaseEvent) -> None:
        match event:
            case Replied(message=message, seconds=seconds):
                self.steps += 1
                self.seconds += seconds
                self.said = message.content.strip() or self.said
            case TurnEnded():
                self.ended = event

    def report(self) -> str:
        """What is read of it."""
        if self.ended.reason == "finished":
            return self.ended.detail
        if self.ended.reason == "answered":
            return self.said
        last = f" Its last words: {self.said}" if self.said else ""
        return f"It came to no end ({self.ended.reason}: {self.ended.detail or 'no reason given'}).{last}"


def progress(event: BaseEvent, step: int) -> str:
    """What whoever looks on is told of an event, "" for nothing."""
    match event:
        case ToolStarted(call=call):
            return f"{step}. {_in_short(call)}"
        case GuardNoticed(guard=guard, text=text):
            return f"guard {guard}: {first_line(text, WIDEST)}"
        case TurnEnded(reason=reason):
            return f"{reason} after {plural(step, 'step')}"
        case _:
            return ""


def _in_short(call: ToolCall) -> str:
    """The command, the path, or what else it is called with."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = None
    match arguments:
        case {"command": str() as command}:
            return f"$ {first_line(command, WIDEST)}"
        case {"path": str() as path}:
            return f"{call.name} {path}"
        case _:
            return f"{call.name} {first_line(call.arguments, WIDEST)}"
