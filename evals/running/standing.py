"""How a run stands at this moment: what a screen shows."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from evals.running.base import News
from evals.running.budget import Spent
from evals.running.results import Key

WINDOW_S = 60.0
"""Tokens a second are those of the last minute."""


class Rate:
    """How fast a count grows; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: deque[tuple[float, float]] = deque()

    def note(self, count: float) -> None:
        now = self._clock()
        self._marks.append((now, count))
        while len(self._marks) > 2 and self._marks[1][0] < now - WINDOW_S:
            self._marks.popleft()

    def a_second(self) -> float:
        if not self._marks:
            return 0.0
        (began, before), (_, count) = self._marks[0], self._marks[-1]
        passed = self._clock() - began
        return (count - before) / passed if passed > 0 else 0.0


@dataclass
class Standing:
    """`wanted` samples in all; `results` have one, `graded` a verdict, `resolved` a good one. `lost` are attempts
    that infrastructure cost, `given_up` samples that it cost for good, or one of the `defects` of Mimosa's own.
    `running` says what is done now, by instance and sample; `to_grade` wait for a slot to be graded in, `grading`
    have one. `acceptance`: tokens a decoding step, 0 where the server does not say. `pause` says why nothing new
    begins. `began` is a time of `clock`; `before` counts the results that an earlier start of the run had made by
    then."""

    run: str
    wanted: int
    grade: bool
    results: int = 0
    graded: int = 0
    resolved: int = 0
    lost: int = 0
    given_up: int = 0
    defects: int = 0
    running: dict[Key, News] = field(default_factory=dict)
    to_grade: set[Key] = field(default_factory=set)
    grading: set[Key] = field(default_factory=set)
    spent: Spent = Spent()
    written: Rate = field(default_factory=Rate)
    acceptance: float = 0.0
    workers: int = 0
    pause: str = ""
    stopping: bool = False
    before: int = 0
    clock: Callable[[], float] = time.monotonic
    began: float = field(default_factory=time.monotonic)

    @property
    def finished(self) -> int:
        """Samples of which nothing more is to come."""
        return (self.graded if self.grade else self.results) + self.given_up

    @property
    def seconds(self) -> float:
        return self.clock() - self.began

    @property
    def seconds_left(self) -> float | None:
        """None where there is nothing yet to tell it from."""
        made = self.finished - self.before
        return self.seconds / made * (self.wanted - self.finished) if made > 0 else None
