"""What an attempt costs, and what it does now, from its events."""

import json
import time
from collections.abc import Callable

from agent.events import (
    BaseEvent,
    Compacted,
    CompactionStarted,
    Replied,
    RequestRetried,
    ServerMeasured,
    ToolFinished,
    ToolStarted,
    UserSaid,
    VerificationStep,
)
from agent.export.visible import visible
from agent.export.words import first_line
from evals.running.records import Cost
from model_runtime.base import Usage
from model_runtime.messages import ToolCall

WAITING = "waiting for the model"
LONGEST = 80


class Meter:
    """Follows the events of one attempt. `clock` gives seconds. `asking`: the model has been asked, and has not
    answered yet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.words = ""
        self.asking = False
        self._clock = clock
        self._began = clock()
        self._steps = self._prompt = self._cached = self._completion = 0
        self._model_s = self._tool_s = self._joules = self._accepted = 0.0

    def take(self, event: BaseEvent) -> bool:
        """Take an event in; returns whether there is anything new to tell."""
        match event:
            case UserSaid():
                self._doing(WAITING, asking=True)
            case RequestRetried(attempt=attempt):
                self._doing(f"asking the model again, try {attempt + 1}", asking=True)
            case Replied(usage=usage, seconds=seconds):
                self._steps += 1
                self._pay(usage, seconds)
                self._doing(WAITING, asking=False)
            case Compacted(usage=usage, seconds=seconds):
                self._pay(usage, seconds)
            case ToolStarted(call=call):
                self._doing(call_in_words(call), asking=False)
            case ToolFinished(seconds=seconds):
                self._tool_s += seconds
                self._doing(WAITING, asking=True)
            case CompactionStarted():
                self._doing("summing up the history", asking=True)
            case ServerMeasured(figures=figures):
                self._joules += figures.joules or 0.0
                self._accepted = figures.acceptance or 0.0
            case VerificationStep(text=text):
                self._doing(text, asking=False)
            case _:
                return False
        return True

    def cost(self) -> Cost:
        return Cost(
            steps=self._steps,
            prompt_tokens=self._prompt,
            cached_tokens=self._cached,
            completion_tokens=self._completion,
            seconds=round(self._clock() - self._began, 3),
            model_seconds=round(self._model_s, 3),
            tool_seconds=round(self._tool_s, 3),
            joules=self._joules,
            accept_length=self._accepted,
        )

    def _doing(self, words: str, *, asking: bool) -> None:
        self.words, self.asking = words, asking

    def _pay(self, usage: Usage, seconds: float) -> None:
        self._prompt += usage.prompt_tokens
        self._cached += usage.cached_tokens
        self._completion += usage.completion_tokens
        self._model_s += seconds


def call_in_words(call: ToolCall) -> str:
    """A call on one short line: its name, and the command, the file or whatever else stands first in it."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = None
    first = next(iter(arguments.values()), "") if isinstance(arguments, dict) else ""
    about = first_line(visible(first), LONGEST) if isinstance(first, str) else ""
    return f"{call.name} {about}".strip()
