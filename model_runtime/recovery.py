"""A server that went away and is coming back: whoever looks after it tells, and the client waits."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol

from model_runtime.base import Retrying

POLL_S = 1.0


class Recovery(Protocol):
    """Knows what is done about a server that does not answer. Quick: it is asked every second."""

    def news(self) -> str | None:
        """What is done at this moment to bring it back, in a few words; None if nothing is, or it is there."""
        ...

    def why_gone(self) -> str:
        """Why it will not come back, in a sentence; "" if that is not known."""
        ...


async def coming_back(recovery: Recovery | None, attempt: int, poll_s: float = POLL_S) -> AsyncGenerator[Retrying]:
    """Wait as long as there is news, and tell each once. Nothing at all if there is none."""
    said: str | None = None
    while recovery is not None and (now := recovery.news()) is not None:
        if now != said:
            yield Retrying(now, attempt, poll_s)
            said = now
        await asyncio.sleep(poll_s)
