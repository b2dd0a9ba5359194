"""The model server's own figures, read now and then while a run goes on."""

import asyncio
from contextlib import suppress

from model_runtime.endpoint import Endpoint
from model_runtime.metrics.base import Reading, ServerFacts
from model_runtime.metrics.reader import MetricsReader

EVERY_S = 5.0
SESSION_TOKENS = 32_768
"""Room in the server's cache that one more session is taken to need."""


class ServerWatch:
    """Belongs to one event loop. Raises nothing but for an address that cannot be used."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises ModelRefused."""
        self.reading: Reading | None = None
        self.facts: ServerFacts | None = None
        self._reader = MetricsReader(endpoint)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.facts = await self._reader.facts()
        self.reading = await self._reader.read()
        self._task = asyncio.create_task(self._go_on())

    def room(self) -> int | None:
        """How many more sessions the server takes; below 0 where requests queue up, None if it does not tell."""
        if self.reading is None:
            return None
        if self.reading.waiting:
            return -1
        return self.reading.sessions_left(SESSION_TOKENS)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._reader.close()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            self.reading = await self._reader.read()
