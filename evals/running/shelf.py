"""Prepared instances: made once, used by every sample and retry, removed when they are no longer near."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from evals.instances.base import Instance
from evals.running.base import Prepared, Preparer
from evals.running.blocking import in_thread
from sandbox.progress import Progress, Report, shortened

SPARE = 2
"""How many prepared instances are kept that nobody uses now: the next sample may be about to come."""
AT_ONCE = 2
"""How many instances are prepared at the same time: images are built with all processors as it is."""


Hear = Callable[[str, bool], None]
"""Takes what is done for an instance, in words, and whether that is a step of making its image."""


@dataclass
class _Entry:
    """`waiting` hear how far it is."""

    folder: Path
    preparing: "asyncio.Task[Prepared]"
    users: int = 0
    waiting: list[Hear] = field(default_factory=list)
    words: str = "preparing"
    building: bool = False

    def say(self, words: str, building: bool = False) -> None:
        if words == self.words:
            return
        self.words, self.building = words, building
        for hear in self.waiting:
            hear(words, building)


class Shelf:
    """Keeps what `preparer` makes under `folder`. Belongs to one event loop."""

    def __init__(self, preparer: Preparer, folder: Path) -> None:
        self._preparer = preparer
        self._folder = folder
        self._entries: dict[str, _Entry] = {}
        self._count = 0
        self._turns = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def of(self, instance: Instance, hear: Hear = lambda _words, _building: None) -> AsyncIterator[Prepared]:
        """The instance, prepared, for as long as the block lasts; `hear` is told what is done for it until then.
        Raises what the preparer raises."""
        entry = self._entries.get(instance.instance_id) or self._begin(instance)
        entry.users += 1
        entry.waiting.append(hear)
        hear(entry.words, entry.building)
        try:
            yield await asyncio.shield(entry.preparing)
        except BaseException:
            if entry.preparing.done() and entry.preparing.exception() is not None:
                self._drop(instance.instance_id, entry)  # the next one tries again
            raise
        finally:
            entry.users -= 1
            entry.waiting.remove(hear)
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
        loop, entry = asyncio.get_running_loop(), self._entries[instance.instance_id]
        if self._turns.locked():
            entry.say("waits until others are prepared")

        def report(news: Progress) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(entry.say, in_words(news, instance), True)

        async with self._turns:
            entry.say("preparing")
            return await in_thread(lambda: self._prepared(instance, folder, report))

    def _prepared(self, instance: Instance, folder: Path, report: Report) -> Prepared:
        folder.mkdir(mode=0o700, parents=True)
        return self._preparer.prepare(instance, folder, report)

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


def in_words(news: Progress, instance: Instance) -> str:
    """`its image, 2 of 5: python -m pip install …`: the step, and how many there are."""
    phase = "its image" if news.phase == f"image of {instance.instance_id}" else news.phase
    count = f", {news.done + 1} of {news.total}" if news.total else ""
    return f"{phase}{count}: {shortened(news.text)}"
