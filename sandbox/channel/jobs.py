"""The life of one command: its deadline, its limits, its end."""

import asyncio
import shlex
import time
from dataclasses import dataclass, field

from sandbox.base import Watch
from sandbox.channel.output import decode, unfinished
from sandbox.channel.supervisor import End, Started, Supervisor

GRACE = 2.0
"""Seconds between TERM and KILL."""

LAST_WORD = 5.0
"""Seconds to wait for the news that a killed command has ended."""

WATCHED_INTERVAL = 0.1
UNWATCHED_INTERVAL = 0.5
"""Seconds between looks at a running command."""

WATCHED_BYTES = 64 * 1024
"""At most this much new output is shown to a watcher at each look: twice half of it, if there is more."""

NO_ROOM = 11
"""`mimosa_fetch`'s status when it could not start a process."""


@dataclass(eq=False)
class Job:
    """A command that was started. `offset` is how much of its output was returned, `seen` how much was shown to
    its watcher. `slot` is where it leaves its state. `keeper` ends when it has ended."""

    started: Started
    output_path: str
    slot: int
    deadline: float
    watch: Watch | None
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    offset: int = 0
    seen: int = 0
    timed_out: bool = False
    interrupted: bool = False
    too_long: bool = False
    crowd_killed: bool = False
    keeper: "asyncio.Task[None] | None" = None
    stopper: "asyncio.Task[None] | None" = None

    @property
    def end(self) -> End | None:
        return self.started.end.result() if self.started.end.done() else None

    @property
    def duration(self) -> float:
        return (self.ended or time.monotonic()) - self.began


async def keep(supervisor: Supervisor, job: Job, output_limit: int) -> None:
    """Stay with `job` until it ends; end it at its deadline or when its output passes `output_limit` bytes."""
    end = job.started.end
    while not end.done():
        left = job.deadline - time.monotonic()
        if left <= 0:
            job.timed_out = True
            await stop(supervisor, job)
            break
        interval = UNWATCHED_INTERVAL if job.watch is None else WATCHED_INTERVAL
        await asyncio.wait({end}, timeout=min(interval, left))
        if end.done():
            break
        await supervisor.check(job.started)
        if await look(supervisor, job) > output_limit:
            job.too_long = True
            await stop(supervisor, job)
    job.ended = job.ended or time.monotonic()
    if job.watch is not None and end.result().printed:
        await look(supervisor, job)


async def stop(supervisor: Supervisor, job: Job) -> None:
    """End the job's whole group: TERM, then KILL. Whoever asks second waits for the first."""
    if job.stopper is None:
        job.stopper = asyncio.create_task(_stop(supervisor, job))
    await asyncio.shield(job.stopper)


async def _stop(supervisor: Supervisor, job: Job) -> None:
    started = job.started
    until = time.monotonic() + GRACE
    member = await supervisor.signal(started, "TERM")
    while member and time.monotonic() < until:
        await asyncio.wait({started.end}, timeout=0.05)
        if started.end.done():
            await asyncio.sleep(0.02)
            job.ended = job.ended or time.monotonic()
        member = await supervisor.signal(started, "0")
    if member:
        await supervisor.signal(started, "KILL")
    await asyncio.wait({started.end}, timeout=LAST_WORD)
    supervisor.give_up(started)


async def look(supervisor: Supervisor, job: Job) -> int:
    """Show the watcher what is new; returns the size of the output in bytes, as far as it can be told now."""
    half = 0 if job.watch is None else WATCHED_BYTES // 2
    found = await fetch(supervisor, job.output_path, job.seen, half, half)
    if found is None:
        return 0
    data, size = found
    if job.watch is None or size <= job.seen:
        return size
    new, skipped = size - job.seen, size - job.seen - len(data)
    if skipped > 0:
        job.seen = size
        job.watch(f"{decode(data[:half])}\n[... {skipped} bytes not shown here ...]\n{decode(data[half:])}")
        return size
    partial = 0 if job.started.end.done() else unfinished(data)
    job.seen += new - partial
    if text := decode(data[: len(data) - partial]):
        job.watch(text)
    return size


async def fetch(supervisor: Supervisor, path: str, offset: int, head: int, tail: int) -> tuple[bytes, int] | None:
    """Of the bytes of the file from `offset` on, the first `head` and the last `tail`, or all if they are no more;
    and the file's size. None if the sandbox is at its limit of processes. Raises SandboxDied."""
    reply = await supervisor.request(f"mimosa_fetch {shlex.quote(path)} {offset} {head} {tail}")
    if reply.status == NO_ROOM:
        return None
    return reply.payload, int(reply.fields[0])
