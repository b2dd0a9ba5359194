"""Where a subagent works: in the conversation's own sandbox, or on a copy of its files in another one."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from agent.patch_files import touched_files
from agent.subagents.shared_shell import SharedShell
from sandbox.base import Sandbox
from sandbox.errors import SandboxDied, SandboxError


@dataclass
class Workplace:
    """`changed` are the paths that differ when the work is over. `trouble` says why changes did not come back;
    `patch` are they then."""

    sandbox: Sandbox
    changed: tuple[str, ...] = ()
    trouble: str = ""
    patch: bytes = b""


@asynccontextmanager
async def same_place(sandbox: Sandbox, shell: SharedShell, name: str) -> AsyncGenerator[Workplace, None]:
    """The sandbox of the conversation, and its `shell`. Where several work at once, what one changes counts for
    all that worked then. Raises SandboxError."""
    base = (await sandbox.checkpoint()).number
    lent = Lent(sandbox, name)
    lent.run, lent.interrupt = partial(shell.run, lent), partial(shell.interrupt, lent)
    async with shell.used_by(lent):
        workplace = Workplace(lent)
        yield workplace
        workplace.changed = tuple(touched_files(await sandbox.diff(base)))


@asynccontextmanager
async def own_place(
    own: Sandbox, sandbox: Sandbox, name: str, furnish: Callable[[Sandbox], Awaitable[None]]
) -> AsyncGenerator[Workplace, None]:
    """`own`, which is not started yet and is removed at the end, with the files of `sandbox` as they are now; what
    changes there comes back, all of it or nothing. Raises SandboxError."""
    try:
        await own.start()
        await furnish(own)
        before = await sandbox.diff()
        base = (await own.apply(before) if before else await own.checkpoint()).number
        workplace = Workplace(Lent(own, name))
        yield workplace
        patch = await own.diff(base)
        if patch:
            await _bring_back(patch, sandbox, workplace)
    finally:
        await own.close()


async def _bring_back(patch: bytes, sandbox: Sandbox, workplace: Workplace) -> None:
    try:
        await sandbox.apply(patch)
        workplace.changed = tuple(touched_files(patch))
    except SandboxDied:
        raise
    except SandboxError as error:
        workplace.trouble, workplace.patch = str(error), patch


class Lent:
    """A Sandbox that its user does not close, with a folder of its own for what is Mimosa's: a session inside
    another one's sandbox must not write over that one's archives."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.workspace = sandbox.workspace
        self.home = f"{sandbox.home}/tasks/{name}"
        self.start = sandbox.start
        self.run = sandbox.run
        self.interrupt = sandbox.interrupt
        self.poll = sandbox.poll
        self.kill = sandbox.kill
        self.read = sandbox.read
        self.write = sandbox.write
        self.checkpoint = sandbox.checkpoint
        self.restore = sandbox.restore
        self.diff = sandbox.diff
        self.apply = sandbox.apply

    async def close(self) -> None:
        """Whoever lent it closes it."""
