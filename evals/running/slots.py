"""How many attempts may ask the model at once; the number may change while they wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

LOOK_S = 1.0
"""How often whoever waits looks whether the number has grown."""


class Slots:
    """`most` is asked, with the number in use, for how many there may be. Belongs to one event loop."""

    def __init__(self, most: Callable[[int], int]) -> None:
        self.used = 0
        self._most = most
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it."""
        while self.used >= self._most(self.used):
            self._freed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._freed.wait()
        self.used += 1
        try:
            yield
        finally:
            self.used -= 1
            self._freed.set()
