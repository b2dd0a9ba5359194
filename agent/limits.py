"""How much one turn may use. Near the end the model is told once what is left; at the end the turn stops."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from model_runtime.base import Usage

NEAR = 0.85
"""The share of a limit at which the model is told."""


class Spent:
    """What a turn has used so far. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.steps = 0
        self.tokens = 0
        self.model_seconds = 0.0
        self._clock = clock
        self._started = clock()

    @property
    def seconds(self) -> float:
        return self._clock() - self._started

    def add(self, usage: Usage, seconds: float) -> None:
        """Count what a request cost."""
        self.tokens += usage.prompt_tokens + usage.completion_tokens
        self.model_seconds += seconds


class Limit(Protocol):
    """`name` is what is bounded; `maximum` and `used` are in the limit's own unit, which `words` spells out."""

    @property
    def name(self) -> str: ...

    @property
    def maximum(self) -> float: ...

    def used(self, spent: Spent) -> float: ...

    def words(self, amount: float) -> str: ...


@dataclass(frozen=True)
class StepLimit:
    """A step is one reply of the model."""

    maximum: int
    name = "steps"

    def used(self, spent: Spent) -> float:
        return spent.steps

    def words(self, amount: float) -> str:
        return f"{amount:.0f} {'step' if amount == 1 else 'steps'}"


@dataclass(frozen=True)
class TokenLimit:
    """Prompt and completion tokens of all requests together, as the server counted them."""

    maximum: int
    name = "tokens"

    def used(self, spent: Spent) -> float:
        return spent.tokens

    def words(self, amount: float) -> str:
        return f"{amount:,.0f} tokens"


@dataclass(frozen=True)
class WallTimeLimit:
    """Seconds since the turn began, whatever they went into."""

    maximum: float
    name = "wall time"

    def used(self, spent: Spent) -> float:
        return spent.seconds

    def words(self, amount: float) -> str:
        return f"{duration(amount)} of wall time"


@dataclass(frozen=True)
class ModelTimeLimit:
    """Seconds from request to last token, added up."""

    maximum: float
    name = "model time"

    def used(self, spent: Spent) -> float:
        return spent.model_seconds

    def words(self, amount: float) -> str:
        return f"{duration(amount)} of model time"


class Budget:
    """The limits of one turn, and which of them the model has been told of."""

    def __init__(self, limits: Sequence[Limit], spent: Spent) -> None:
        self.spent = spent
        self._limits = tuple(limits)
        self._told: set[str] = set()

    def reached(self) -> str | None:
        """What the user is told when the turn must stop, or None."""
        for limit in self._limits:
            if limit.used(self.spent) >= limit.maximum:
                return reached_text(limit)
        return None

    def near(self) -> list[tuple[str, str]]:
        """The limits that come near, each told once: its name and the model's reminder."""
        news = []
        for limit in self._limits:
            used = limit.used(self.spent)
            if limit.name in self._told or not self._is_near(used, limit.maximum):
                continue
            self._told.add(limit.name)
            news.append((limit.name, near_text(limit, used)))
        return news

    def _is_near(self, used: float, maximum: float) -> bool:
        """From NEAR on, or if another step of the usual size would be the last."""
        usual = used / max(self.spent.steps, 1)
        return used < maximum and (used >= NEAR * maximum or used + usual >= maximum)


def reached_text(limit: Limit) -> str:
    return f"the limit of {limit.words(limit.maximum)} is reached"


def near_text(limit: Limit, used: float) -> str:
    left = limit.maximum - used
    return (
        f"Only {limit.words(left)} {'is' if left == 1 else 'are'} left of {limit.words(limit.maximum)}. "
        "Bring the work to a good end now: keep what is right, check it, and call finish."
    )


def duration(seconds: float) -> str:
    """As a person says it: 40 s, 12 min, 1 h 30 min."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
