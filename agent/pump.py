"""Work in a task of its own, and the pieces that it gives out on the way, in order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Pump(Generic[T, R]):
    """Runs `work(emit)` beside whoever iterates over what it emits.

        async with Pump(work) as pump:
            async for piece in pump: ...
            result = pump.result()

    Leaving the block early, by whatever way, cancels the work and waits for its end. `emit` must be called in the
    event loop's thread.
    """

    def __init__(self, work: Callable[[Callable[[T], None]], Coroutine[Any, Any, R]]) -> None:
        self._work = work
        self._pieces: deque[T] = deque()
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work(self._emit))
        self._task.add_done_callback(lambda _: self._news.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task.done():
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            # Asked for, so that asyncio does not report it: who leaves early no longer cares for the outcome.
            self._task.exception()

    @property
    def backlog(self) -> int:
        """How many pieces nobody has taken yet."""
        return len(self._pieces)

    @property
    def cancelled(self) -> bool:
        return self._task.done() and self._task.cancelled()

    async def end(self) -> None:
        """Wait for the end of the work, however it ends."""
        await asyncio.wait([self._task])

    def cancel(self) -> None:
        self._task.cancel()

    def result(self) -> R:
        """What the work returned. Raises what it raised; call it after the last piece."""
        return self._task.result()

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            while self._pieces:
                yield self._pieces.popleft()
            if self._task.done():
                return
            self._news.clear()
            await self._news.wait()

    def _emit(self, piece: T) -> None:
        self._pieces.append(piece)
        self._news.set()
