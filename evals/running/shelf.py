"""Prepared instances: made once, used by every sample and retry, removed when they are no longer near."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.instances.base import Instance
from evals.running.base import Prepared, Preparer
from evals.running.blocking import in_thread

SPARE = 2
"""How many prepared instances are kept that nobody uses now: the next sample may be about to come."""
AT_ONCE = 2
"""How many instances are prepared at the same time: images are built with all processors as it is."""


@dataclass
class _Entry:
    folder: Path
    preparing: "asyncio.Task[Prepared]"
    users: int = 0


class Shelf:
    """Keeps what `preparer` makes under `folder`. Belongs to one event loop."""

    def __init__(self, preparer: Preparer, folder: Path) -> None:
        self._preparer = preparer
        self._folder = folder
        self._entries: dict[str, _Entry] = {}
        self._count = 0
        self._turns = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def of(self, instance: Instance) -> AsyncIterator[Prepared]:
        """The instance, prepared, for as long as the block lasts. Raises what the preparer raises."""
        entry = self._entries.get(instance.instance_id) or self._begin(instance)
        entry.users += 1
        try:
            yield await asyncio.shield(entry.preparing)
        except BaseException:
            if entry.preparing.done() and entry.preparing.exception() is not None:
                self._drop(instance.instance_id, entry)  # the next one tries again
            raise
        finally:
            entry.users -= 1
            self._trim()

    def close(self) -> None:
        """Remove everything that was made here."""
        for entry in self._entries.values():
            entry.preparing.cancel()
        self._entries.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self, instance: Instance) -> _Entry:
        self._count += 1
        folder = self._folder / f"{self._count:05d}"
        entry = _Entry(folder, asyncio.ensure_future(self._prepare(instance, folder)))
        self._entries[instance.instance_id] = entry
        return entry

    async def _prepare(self, instance: Instance, folder: Path) -> Prepared:
        async with self._turns:
            return await in_thread(lambda: self._prepared(instance, folder))

    def _prepared(self, instance: Instance, folder: Path) -> Prepared:
        folder.mkdir(mode=0o700, parents=True)
        return self._preparer.prepare(instance, folder)

    def _drop(self, instance_id: str, entry: _Entry) -> None:
        if self._entries.get(instance_id) is entry:
            del self._entries[instance_id]
        shutil.rmtree(entry.folder, ignore_errors=True)

    def _trim(self) -> None:
        """Oldest first."""
        idle = [
            (name, entry) for name, entry in self._entries.items() if not entry.users and entry.preparing.done()
        ]
        for name, entry in idle[: max(0, len(idle) - SPARE)]:
            self._drop(name, entry)
