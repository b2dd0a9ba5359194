"""Runs commands by the contract of `sandbox.base`: one in the foreground, any number as jobs."""

import asyncio
import time
from itertools import count

from sandbox.base import CommandResult, Watch
from sandbox.channel.jobs import Job, fetch, keep, stop
from sandbox.channel.output import HEAD_BYTES, TAIL_BYTES, show, unfinished
from sandbox.channel.supervisor import End, Supervisor
from sandbox.errors import NoSuchJob, SandboxError

OUTPUT_LIMIT = 1024**3
"""Bytes of output after which a command is ended: nobody reads a GiB, and the disk is shared."""

CANNOT_RUN = 126
"""The shell's exit code for what it cannot execute."""


class Commands:
    """Commands in one sandbox. `home` has the folders `out` and `state`."""

    def __init__(
        self, supervisor: Supervisor, workspace: str, home: str, output_limit: int = OUTPUT_LIMIT
    ) -> None:
        self._supervisor = supervisor
        self._workspace = workspace
        self._home = home
        self._output_limit = output_limit
        self._foreground = asyncio.Lock()
        self._current: Job | None = None
        self._state = 0
        self._last = 0
        self._jobs: dict[int, Job] = {}

    async def run(
        self, command: str, *, timeout: float, background_after: float | None, watch: Watch | None
    ) -> CommandResult:
        async with self._foreground:
            if "\0" in command:
                text = "bash: a command cannot hold a NUL byte; write it as \\0 or $'\\x00'\n"
                return CommandResult(CANNOT_RUN, text, len(text), "", None, 0.0)
            job = await self._start(command, timeout, watch)
            self._current = job
            try:
                return await self._attend(job, background_after)
            except BaseException:  # cancelled, or the watcher raised: the command must not outlive its caller
                await asyncio.shield(stop(self._supervisor, job))
                raise
            finally:
                self._current = None
                self._adopt_state(job)

    async def interrupt(self) -> None:
        job = self._current
        if job is None or job.end is not None:
            return
        job.interrupted = True
        await stop(self._supervisor, job)

    async def poll(self, number: int, wait: float) -> CommandResult:
        job = self._job(number)
        if job.keeper is not None and not job.keeper.done() and wait > 0:
            await asyncio.wait({job.keeper}, timeout=wait)
        return await self._result(job)

    async def kill(self, number: int) -> CommandResult:
        job = self._job(number)
        if job.end is None:
            job.interrupted = True
            await stop(self._supervisor, job)
        return await self._result(job)

    def close(self) -> None:
        """Leave every job to the supervisor's end."""
        for job in self._jobs.values():
            if job.keeper is not None:
                job.keeper.cancel()

    async def _start(self, command: str, timeout: float, watch: Watch | None) -> Job:
        self._last += 1
        number = self._last
        busy = {self._state, *(job.slot for job in self._jobs.values() if job.end is None)}
        slot = next(slot for slot in count(1) if slot not in busy)
        path = f"{self._home}/out/{number}.txt"
        load = f"{self._home}/state/{self._state}" if self._state else ""
        save = f"{self._home}/state/{slot}"
        began = time.monotonic()
        started = await self._supervisor.start(number, command, output=path, load=load, save=save)
        job = Job(started, path, slot, deadline=began + timeout, watch=watch, began=began)
        job.keeper = asyncio.create_task(keep(self._supervisor, job, self._output_limit))
        job.keeper.add_done_callback(_mark_seen)
        return job

    async def _attend(self, job: Job, background_after: float | None) -> CommandResult:
        assert job.keeper is not None
        await asyncio.wait({job.keeper}, timeout=background_after)
        if not job.keeper.done():
            job.watch = None
            self._jobs[job.started.number] = job
            return await self._result(job)
        job.keeper.result()
        return await self._result(job)

    def _adopt_state(self, job: Job) -> None:
        """The next command begins where this one ended, unless it went on in the background."""
        if job.started.number not in self._jobs and job.end is not None and job.end.saved:
            self._state = job.slot

    def _job(self, number: int) -> Job:
        if number in self._jobs:
            return self._jobs[number]
        known = ", ".join(map(str, self._jobs)) or "none"
        raise NoSuchJob(f"there is no background job {number}; those of this session: {known}")

    async def _result(self, job: Job) -> CommandResult:
        """What `job` printed since it was last asked."""
        end = job.end
        self._raise_failure(job)
        data, size = b"", job.offset
        if end is None or end.printed:
            data, size = await self._fetch(job)
        partial = unfinished(data) if end is None else 0
        new = size - job.offset - partial
        shown = show(data[: len(data) - partial], new, job.output_path)
        job.offset = size - partial
        return CommandResult(
            exit_code=None if end is None else end.code,
            output=shown.text,
            output_bytes=size,
            output_path=job.output_path,
            truncated_to=shown.kept,
            duration=job.duration,
            timed_out=job.timed_out,
            interrupted=job.interrupted,
            job=job.started.number if end is None or job.started.number in self._jobs else None,
            note="; ".join(self._notes(job, end)),
        )

    async def _fetch(self, job: Job) -> tuple[bytes, int]:
        """New output of `job`, head and tail. If a command that ended left the sandbox so full that nothing can be
        started any more, all that it left is killed first."""
        found = await fetch(self._supervisor, job.output_path, job.offset, HEAD_BYTES, TAIL_BYTES)
        if found is None and job.end is not None:
            job.crowd_killed = True
            await self._supervisor.request(f"mimosa_make_room {job.started.number}; mimosa_reply 0")
            found = await fetch(self._supervisor, job.output_path, job.offset, HEAD_BYTES, TAIL_BYTES)
        return found or (b"", job.offset)

    def _raise_failure(self, job: Job) -> None:
        """Pass on what ended the keeper of a job before the job: the sandbox died."""
        if job.keeper is None or not job.keeper.done() or job.keeper.cancelled():
            return
        error = job.keeper.exception()
        if isinstance(error, SandboxError):
            raise error

    def _notes(self, job: Job, end: End | None) -> list[str]:
        notes = []
        if job.started.moved:
            notes.append(f"the working directory no longer exists; the command ran in {self._workspace}")
        if job.started.crowded:
            notes.append(
                "the sandbox was at its limit of processes, so what earlier commands had left was killed first"
            )
        if job.started.starved:
            notes.append("the sandbox reached its memory limit, and the kernel killed a process of it")
        if job.crowd_killed:
            notes.append("it left the sandbox at its limit of processes, so all of them were killed")
        if job.too_long:
            notes.append(f"killed: it printed more than {self._output_limit // 1024**2} MiB")
        if end is not None and end.lost:
            notes.append(f"{end.lost}; working directory and variables are those before this command")
        if end is not None and not end.kept:
            notes.append("the disk is full, so its output could not be stored, or not all of it")
        return notes


def _mark_seen(keeper: "asyncio.Task[None]") -> None:
    """Look at a failure, so that asyncio does not print it if nobody asks again: the next call meets it too."""
    if not keeper.cancelled():
        keeper.exception()
