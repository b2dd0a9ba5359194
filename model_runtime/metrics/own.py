"""Reads a model that runs in this process."""

import time

from model_runtime.metrics.base import Counting, Reading, ServerFacts


class OwnReader:
    """The figures of `model` alone. Its acceptance is that of all it wrote since this was made."""

    def __init__(self, model: Counting) -> None:
        self._model = model
        self._first = model.counters()

    async def read(self) -> Reading:
        counters = self._model.counters()
        return Reading(time.time(), acceptance=counters.since(self._first).acceptance, counters=counters)

    async def facts(self) -> ServerFacts | None:
        """None: nobody started it as a server."""
        return None

    async def close(self) -> None:
        """There is no connection."""
