"""Ctrl-C, SIGTERM and a closed terminal: the work ends in order, and impatience does not tear that apart."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Coroutine
from types import FrameType
from typing import NoReturn, TypeVar

from agent.errors import INTERRUPTED

T = TypeVar("T")

PATIENCE_S = 3.0
"""How long the work may take to end before another signal ends the process instead. A key that is held down sends
dozens within this time."""

WAIT = "\nmimosa: saving what was done; a moment, or Ctrl-C again after it to leave at once\n"
GO_ON = "`mimosa fix --resume last` goes on from what was saved"


class Interrupts:
    """The first signal ends the work: the coroutine of `run` is cancelled, and elsewhere KeyboardInterrupt is
    raised. Those that follow are answered with a word for `patience_s`, and then end the process. Nothing that was
    logged is lost by that; what was left running is removed at the next start. `go_on` says how."""

    def __init__(self, *, patience_s: float = PATIENCE_S, go_on: str = GO_ON) -> None:
        self.go_on = go_on
        self._patience_s = patience_s
        self._first_at: float | None = None
        self._told = False
        self._work: tuple[asyncio.AbstractEventLoop, asyncio.Task[object]] | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._take)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """`asyncio.run`, ended in order by a signal. Raises KeyboardInterrupt then."""
        try:
            return asyncio.run(self._watched(work))
        except asyncio.CancelledError:
            if self._first_at is None:
                raise
            raise KeyboardInterrupt from None

    async def _watched(self, work: Coroutine[object, object, T]) -> T:
        task = asyncio.current_task()
        assert task is not None, "asyncio.run makes one"
        self._work = (asyncio.get_running_loop(), task)
        try:
            return await work
        finally:
            self._work = None

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        if self._first_at is None:
            self._first_at = time.monotonic()
            self._end_work()
        elif time.monotonic() - self._first_at > self._patience_s:
            _leave(self.go_on)
        elif not self._told:
            self._told = True
            _write(2, WAIT)

    def _end_work(self) -> None:
        if self._work is None:
            raise KeyboardInterrupt
        loop, task = self._work
        loop.call_soon_threadsafe(task.cancel)  # this also wakes a loop that waits


def _leave(go_on: str) -> NoReturn:
    if sys.stdout.isatty():
        _write(1, "\x1b[?25h")  # the cursor, which the busy line hides
    _write(2, f"\nmimosa: left at once; {go_on}\n")
    os._exit(INTERRUPTED)


def _write(handle: int, text: str) -> None:
    """Straight to the descriptor: the streams may be in the middle of a write."""
    with contextlib.suppress(OSError):  # the terminal may be what has gone
        os.write(handle, text.encode())
