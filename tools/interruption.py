"""Calls that wait for something outside of the sandbox, and can be ended from outside."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from tools.base import ToolResult

INTERRUPTED = "Interrupted by the user."
GRACE_S = 1.0
"""What an interrupted call has to close what it has open; one that waits for others even then is left alone."""


class Interruption:
    """The calls of one tool that run now."""

    def __init__(self) -> None:
        self._asked: set[asyncio.Event] = set()

    async def run(self, work: Coroutine[Any, Any, ToolResult]) -> ToolResult:
        """What comes of `work`, or that it was interrupted. Raises what it raises."""
        asked = asyncio.Event()
        self._asked.add(asked)
        task, interrupt = asyncio.create_task(work), asyncio.create_task(asked.wait())
        try:
            await asyncio.wait([task, interrupt], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._asked.discard(asked)
            interrupt.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=GRACE_S)
        if not task.done() or task.cancelled():
            return ToolResult(INTERRUPTED, is_error=True)
        return task.result()

    def interrupt(self) -> None:
        """End them; each returns within GRACE_S seconds."""
        for asked in self._asked:
            asked.set()
