"""Workers of this process: attempts are coroutines, which mostly wait for the model and their sandboxes."""

import asyncio
from pathlib import Path

from evals.running.attempt import Attempt
from evals.running.base import Done, News, Tell, Work
from evals.running.capacity import Capacity
from evals.running.grading import grade
from evals.running.kit import Bench, Kit
from evals.running.slots import Slots

AHEAD = 2
"""How many more attempts than can run are begun: their sandboxes are there when a slot is free."""


class LocalExecutor:
    """`folder` is for prepared instances."""

    name = "local"

    def __init__(self, kit: Kit, folder: Path, capacity: Capacity) -> None:
        self._kit = kit
        self._folder = folder
        self._capacity = capacity
        self._slots = Slots(capacity.workers)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, tell: Tell) -> None:
        self._tell = tell
        self._bench = await Bench.open(self._kit, self._folder)

    def free(self) -> int:
        return self._capacity.workers(self._slots.used) + AHEAD - len(self._tasks)

    def begin(self, work: Work) -> None:
        task = asyncio.create_task(self._do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bench.close()

    async def _do(self, work: Work) -> None:
        if work.kind == "grading":
            async with self._slots.one():
                self._tell(News(work, "grading", self.name, at_work=True))
                self._tell(Done(work, await grade(work, self._bench)))
            return
        attempt = Attempt(work, self._bench, self._tell, self._slots.one(), self.name)
        self._tell(Done(work, await attempt.make()))
