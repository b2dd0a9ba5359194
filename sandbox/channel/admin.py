"""Mimosa's own commands in a sandbox, such as git for a checkpoint."""

import asyncio
import shlex

from sandbox.channel.jobs import Job, fetch, stop
from sandbox.channel.supervisor import End, Started, Supervisor
from sandbox.errors import AdminFailed, SandboxError

TIMED_OUT = 124
ALL = 1 << 62


class Admin:
    """Keeps `shell.Shell`. `home` has the folder `run`."""

    def __init__(self, supervisor: Supervisor, home: str) -> None:
        self._supervisor = supervisor
        self._home = home
        self._free: list[str] = []
        self._made = 0
        self._last = 0

    async def admin(self, command: str, *, timeout: float = 120.0) -> bytes:
        stem = self._free.pop() if self._free else self._new_stem()
        output, errors = f"{stem}.out", f"{stem}.err"
        self._last -= 1  # below zero, so that the numbers of the user's commands have no gaps
        started = await self._supervisor.start(self._last, command, output=output, errors=errors)
        try:
            end = await self._wait(started, timeout, command)
            printed = await self._take(output) if end.printed else b""
            if end.code == 0 and end.kept and not end.lost:
                return printed
            said = await self._take(errors) or printed
            raise AdminFailed(end.code, said or end.lost.encode(), command)
        finally:
            if started.end.done():
                self._free.append(stem)

    async def _wait(self, started: Started, timeout: float, command: str) -> End:
        try:
            await asyncio.wait({started.end}, timeout=timeout)
            if started.end.done():
                return started.end.result()
        except asyncio.CancelledError:
            await asyncio.shield(self._stop(started))
            raise
        await self._stop(started)
        raise AdminFailed(TIMED_OUT, f"it was ended after {timeout:g} seconds".encode(), command)

    async def _stop(self, started: Started) -> None:
        await stop(self._supervisor, Job(started, "", 0, deadline=0.0, watch=None))

    async def _take(self, path: str) -> bytes:
        found = await fetch(self._supervisor, path, 0, ALL, 0)
        if found is None:
            raise SandboxError("the sandbox is at its limit of processes, so nothing can be read from it")
        await self._supervisor.request(f"mimosa_clear {shlex.quote(path)}; mimosa_reply 0")
        return found[0]

    def _new_stem(self) -> str:
        self._made += 1
        return f"{self._home}/run/admin-{self._made}"
