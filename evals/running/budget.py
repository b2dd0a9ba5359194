"""Limits over the whole run: they stop new starts before what is under way would pass them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from agent.limits import duration
from evals.errors import EvalError
from evals.running.records import Cost
from evals.running.results import Key
from model_runtime.messages import Frozen

ENOUGH = 3
"""Attempts that must have ended before their mean says what the next one will cost."""


class RunLimits(Frozen):
    """0 is no limit. `money` is in whatever the prices are in."""

    tokens: int = 0
    gpu_seconds: float = 0.0
    money: float = 0.0
    hours: float = 0.0


class Prices(Frozen):
    """For a million tokens read, read from the cache, and written; and for an hour of one GPU."""

    read: float = 0.0
    cached: float = 0.0
    written: float = 0.0
    gpu_hour: float = 0.0

    def of(self, cost: Cost) -> float:
        fresh = cost.prompt_tokens - cost.cached_tokens
        tokens = fresh * self.read + cost.cached_tokens * self.cached + cost.completion_tokens * self.written
        return tokens / 1e6 + cost.gpu_seconds * self.gpu_hour / 3600

    @classmethod
    def parse(cls, text: str, gpu_hour: float) -> "Prices":
        """`READ,WRITTEN` or `READ,CACHED,WRITTEN`. Raises EvalError."""
        try:
            numbers = [float(part) for part in text.split(",")] if text else [0.0, 0.0]
        except ValueError:
            numbers = []
        if len(numbers) not in (2, 3) or not all(0 <= number < inf for number in numbers):
            raise EvalError(f"--prices: expected READ,WRITTEN or READ,CACHED,WRITTEN, found '{text}'.")
        return cls(read=numbers[0], cached=numbers[-2], written=numbers[-1], gpu_hour=gpu_hour)


@dataclass(frozen=True)
class Spent:
    """What one attempt or many used, by the limits' names."""

    tokens: float = 0.0
    gpu_seconds: float = 0.0
    money: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.tokens + other.tokens,
            self.gpu_seconds + other.gpu_seconds,
            self.money + other.money,
            self.seconds + other.seconds,
        )

    def at_least(self, other: "Spent") -> "Spent":
        return Spent(
            max(self.tokens, other.tokens),
            max(self.gpu_seconds, other.gpu_seconds),
            max(self.money, other.money),
            max(self.seconds, other.seconds),
        )

    def shared_by(self, number: int) -> "Spent":
        return Spent(self.tokens / number, self.gpu_seconds / number, self.money / number, self.seconds / number)


class Budget:
    """Counts what attempts cost, those of an earlier start of the run included."""

    def __init__(self, limits: RunLimits, prices: Prices, ended: Iterable[Cost] = ()) -> None:
        self._limits = limits
        self._prices = prices
        self._total = Spent()
        self._ended = 0
        for cost in ended:
            self.add(cost)

    def add(self, cost: Cost) -> None:
        """An attempt has ended. One that cost nothing says nothing about the next."""
        spent = self.of(cost)
        self._total += spent
        self._ended += bool(cost.steps)

    def of(self, cost: Cost) -> Spent:
        tokens = cost.prompt_tokens + cost.completion_tokens
        return Spent(tokens, cost.gpu_seconds, self._prices.of(cost), cost.seconds)

    def total(self, running: Mapping[Key, Cost]) -> Spent:
        """Spent so far, by what runs too."""
        return sum((self.of(cost) for cost in running.values()), self._total)

    def refuses(self, running: Mapping[Key, Cost], elapsed_s: float) -> str:
        """Why nothing new may begin, in words; "" if it may. What runs is expected to cost at least as much as
        those before it did on average, and so is the next one; `elapsed_s`: the run's time so far."""
        usual = self._total.shared_by(self._ended) if self._ended >= ENOUGH else Spent()
        expected = sum((self.of(cost).at_least(usual) for cost in running.values()), self._total) + usual
        limits = self._limits
        named = (
            (limits.tokens, expected.tokens, f"{limits.tokens:,} tokens"),
            (limits.gpu_seconds, expected.gpu_seconds, f"{limits.gpu_seconds:,.0f} GPU-seconds"),
            (limits.money, expected.money, f"a cost of {limits.money:,.2f}"),
            (limits.hours * 3600, elapsed_s + usual.seconds, duration(limits.hours * 3600)),
        )
        for maximum, used, words in named:
            if maximum and used >= maximum:
                return f"the run's limit of {words} is reached, or would be by one more attempt"
        return ""
