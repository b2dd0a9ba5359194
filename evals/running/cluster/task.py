"""One piece of work on a node of the cluster, told as it goes on."""

import asyncio
import queue
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from evals.running.attempt import Attempt
from evals.running.base import Done, News, Work
from evals.running.cluster.mirror import Piece, Source
from evals.running.grading import grade
from evals.running.kit import Bench, Kit
from evals.running.salvage import PATCH

EVERY_S = 1.0
"""Seconds between two looks at what has grown; the last look comes with the end."""


Told = queue.SimpleQueue[News | Done | BaseException]


@dataclass(frozen=True)
class Message:
    """`told` names the work as it is known here; `names` are the files of its folder, at the end alone."""

    told: News | Done
    pieces: tuple[Piece, ...] = ()
    names: frozenset[str] | None = None


def do(kit: Kit, work: Work, patch: bytes) -> Iterator[Message]:
    """Do `work` in a folder of this machine; `patch` is what is to be graded. The last message is the Done. Ending
    the generator early ends the work in order."""
    with tempfile.TemporaryDirectory(prefix="mimosa-work-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "attempt"
        folder.mkdir()
        if work.kind == "grading":
            (folder / PATCH).write_bytes(patch)
        here = work.model_copy(update={"folder": folder})
        source = Source(folder)
        told: Told = queue.SimpleQueue()
        doing = _Doing(kit, here, Path(scratch) / "prepared", told)
        doing.start()
        looked_at = 0.0
        try:
            while True:
                news = told.get()
                if isinstance(news, BaseException):
                    raise news
                if isinstance(news, Done):
                    yield Message(replace(news, work=work), source.news(), source.names())
                    return
                pieces: tuple[Piece, ...] = ()
                if time.monotonic() - looked_at >= EVERY_S:
                    looked_at = time.monotonic()
                    pieces = source.news()
                yield Message(replace(news, work=work), pieces)
        finally:
            doing.end()


class _Doing(threading.Thread):
    """The event loop of the work, beside the generator that the cluster reads."""

    def __init__(self, kit: Kit, work: Work, prepared: Path, told: Told) -> None:
        super().__init__(daemon=True, name="mimosa-work")
        self._kit = kit
        self._work = work
        self._prepared = prepared
        self._told = told
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None

    def run(self) -> None:
        self._task = self._loop.create_task(self._do())
        try:
            self._loop.run_until_complete(self._task)
        except BaseException as error:  # broad: the generator raises it again
            self._told.put(error)
        finally:
            self._loop.close()

    def end(self) -> None:
        """Cancel the work if it goes on, and wait for its end."""
        if self.is_alive() and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()

    async def _do(self) -> None:
        bench = await Bench.open(self._kit, self._prepared)
        try:
            if self._work.kind == "grading":
                self._told.put(News(self._work, "grading", at_work=True))
                self._told.put(Done(self._work, await grade(self._work, bench)))
                return
            attempt = Attempt(self._work, bench, self._told.put, nullcontext(), socket.gethostname())
            self._told.put(Done(self._work, await attempt.make()))
        finally:
            await bench.close()
