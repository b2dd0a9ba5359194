"""Calls that wait for something outside of the sandbox, and can be ended from outside."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from tools.base import ToolResult

INTERRUPTED = "Interrupted by the user."


class Interruption:
    """The calls of one tool that run now."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[ToolResult]] = set()

    async def run(self, work: Coroutine[Any, Any, ToolResult]) -> ToolResult:
        """What comes of `work`, or that it was interrupted. Raises what it raises."""
        task = asyncio.create_task(work)
        self._running.add(task)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])  # what it has open is closed before anybody goes on
            raise
        finally:
            self._running.discard(task)
        return ToolResult(INTERRUPTED, is_error=True) if task.cancelled() else task.result()

    def interrupt(self) -> None:
        """End them; `run` returns as soon as they have come to their ends."""
        for task in self._running:
            task.cancel()
