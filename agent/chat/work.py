"""What waits and what goes on: one thing after the other, whatever goes wrong with one of them."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine

Job = Coroutine[object, object, None]


class Work:
    """`carry_out` makes the job of what was typed. `failed` is told what a job raised, a CancelledError if it was
    cancelled by itself; `done` is called after each. held: what waits goes on waiting."""

    def __init__(
        self,
        carry_out: Callable[[str], Job],
        failed: Callable[[BaseException], None],
        done: Callable[[], None],
    ) -> None:
        self.waiting: deque[str] = deque()
        self.held = False
        self._carry_out = carry_out
        self._failed = failed
        self._done = done
        self._something = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._job: asyncio.Task[None] | None = None

    @property
    def going_on(self) -> bool:
        return self._job is not None

    def add(self, text: str) -> None:
        """After what waits already."""
        self.waiting.append(text)
        self.release()

    def release(self) -> None:
        """What waits is carried out."""
        self.held = False
        self._something.set()

    def recall(self) -> str | None:
        """The last that waits, taken out."""
        return self.waiting.pop() if self.waiting else None

    def put_back(self, text: str) -> None:
        """It could not be carried out: it waits again, before all others, until somebody says so."""
        self.waiting.appendleft(text)
        self.held = True

    def cancel(self) -> None:
        """End the job that goes on."""
        if self._job is not None:
            self._job.cancel()

    async def run(self, first: Job) -> None:
        """Until it is cancelled; `first` is the first job."""
        await self.one(first)
        while True:
            await self._something.wait()
            self._something.clear()
            while self.waiting and not self.held:
                await self.one(self._carry_out(self.waiting.popleft()))

    async def one(self, work: Job) -> None:
        """Carry one job out, after the one that goes on."""
        async with self._one_at_a_time:
            job = self._job = asyncio.ensure_future(work)
            try:
                await asyncio.wait([job])
            except asyncio.CancelledError:  # the chat ends
                job.cancel()
                await asyncio.gather(job, return_exceptions=True)
                raise
            finally:
                self._job = None
            if job.cancelled():
                self._failed(asyncio.CancelledError())
            elif error := job.exception():
                self._failed(error)
            self._done()
