"""A run in a pipe or a log file: a line for each result and each step of an image, and now and then one on the
whole."""

import time
from collections.abc import Callable
from typing import TextIO

from evals.running.base import Done, News
from evals.running.records import RunEnded
from evals.running.standing import Standing
from evals.screen.words import pace_in_words, resolved_in_words, time_in_words, told_of

EVERY_S = 60.0
"""Seconds between two lines on the whole."""


class PlainWatcher:
    """`clock` gives seconds."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._told_at = clock()
        self._step = ("", "")

    def began(self, standing: Standing) -> None:
        going_on = f"; {standing.finished} are done already" if standing.finished else ""
        self.says(f"run {standing.run}: {standing.wanted} to do{going_on}")

    def heard(self, news: News, standing: Standing) -> None:
        step = (news.work.instance.instance_id, news.words)
        if news.building and step != self._step:  # its samples wait for the same image
            self._step = step
            self.says("  ".join(step))
        self._now_and_then(standing)

    def done(self, done: Done, standing: Standing) -> None:
        if told := told_of(done, standing):
            detail = f"  {told.detail}" if told.detail else ""
            self.says(f"[{standing.finished}/{standing.wanted}] {told.name}  {told.verdict}{detail}")
        self._now_and_then(standing)

    def says(self, words: str) -> None:
        print(words, file=self._out, flush=True)

    def ended(self, end: RunEnded, standing: Standing) -> None:
        self._whole(standing)
        self.says(f"{end.reason}: {end.detail}" if end.detail else end.reason)

    def close(self) -> None:
        """Nothing is held."""

    def _now_and_then(self, standing: Standing) -> None:
        if self._clock() - self._told_at >= EVERY_S:
            self._told_at = self._clock()
            self._whole(standing)

    def _whole(self, standing: Standing) -> None:
        self.says(f"{resolved_in_words(standing)}; {pace_in_words(standing)}; {time_in_words(standing)}")
