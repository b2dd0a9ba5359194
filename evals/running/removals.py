"""Sandboxes that nobody needs any more are removed beside the work that goes on."""

import asyncio
import logging

from sandbox.base import Sandbox
from sandbox.errors import SandboxError

log = logging.getLogger(__name__)


class Removals:
    """Belongs to one event loop. What a kill leaves behind is swept at the next start."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, sandbox: Sandbox) -> None:
        """Remove a sandbox, by force; returns at once."""
        task = asyncio.create_task(_remove(sandbox))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait until all are gone."""
        while self._tasks:
            await asyncio.wait(self._tasks)


async def _remove(sandbox: Sandbox) -> None:
    try:
        await sandbox.close()
    except (SandboxError, OSError) as error:
        log.warning("a sandbox could not be removed: %s", error)
