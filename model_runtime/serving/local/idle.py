"""Whether anybody still asks a server anything."""

import asyncio
import time

from model_runtime.endpoint import Endpoint
from model_runtime.metrics.base import Reading
from model_runtime.metrics.reader import MetricsReader
from model_runtime.serving.local.instance import Instance

POLL_S = 15.0


class IdleWatch:
    """Counts from the moment it is made. A server that tells nothing of itself is never idle."""

    def __init__(self, instance: Instance) -> None:
        self._limit_s = instance.care.idle_s
        self._poll_s = min(POLL_S, self._limit_s / 4)
        self._endpoint = Endpoint(instance.base_url)
        self._seen: object = None
        self._asked_at = self._busy_at = time.monotonic()

    def is_over(self) -> bool:
        """Asks the server now and then."""
        now = time.monotonic()
        if not self._limit_s or now - self._asked_at < self._poll_s:
            return False
        self._asked_at = now
        reading = asyncio.run(_read(self._endpoint))
        seen = (reading.counters, reading.requests) if reading else None
        if reading is None or reading.requests or seen != self._seen:
            self._seen, self._busy_at = seen, now
        return now - self._busy_at >= self._limit_s


async def _read(endpoint: Endpoint) -> Reading | None:
    reader = MetricsReader(endpoint)
    try:
        return await reader.read()
    finally:
        await reader.close()
