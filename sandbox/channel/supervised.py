"""The contract of a sandbox, kept by a supervisor: all that does not depend on where it runs."""

import shlex

from sandbox.base import Checkpoint, CommandResult, Watch
from sandbox.channel.admin import Admin
from sandbox.channel.commands import OUTPUT_LIMIT, Commands
from sandbox.channel.files import Files
from sandbox.channel.supervisor import Place, Supervisor
from sandbox.workspace.checkpoints import Checkpoints


class SupervisedSandbox:
    """A sandbox in `place`, which has the folders `workspace` and `home`, and `out`, `run` and `state` in `home`.

    `saved_patch` is the diff from checkpoint 0 to the last one, held here on the host for when the place dies.
    """

    def __init__(self, place: Place, workspace: str, home: str, output_limit: int = OUTPUT_LIMIT) -> None:
        self._workspace = workspace
        self._home = home
        self._supervisor = Supervisor(place)
        self._commands = Commands(self._supervisor, workspace, home, output_limit)
        self._files = Files(self._supervisor, workspace, home)
        self._admin = Admin(self._supervisor, home)
        self.saved_patch = b""
        self._saved_tree = ""
        self._saved_number = -1
        self._untouched: Checkpoint | None = None
        """Checkpoint 0, as long as nobody can have changed a file since."""
        self._checkpoints = Checkpoints(self._admin, workspace, home)

    @property
    def workspace(self) -> str:
        return self._workspace

    @property
    def home(self) -> str:
        return self._home

    async def _begin(self, *, empty: bool, alone: bool = False) -> None:
        """Start the supervisor and record checkpoint 0. `empty`: no snapshot brought a store. `alone`: nobody
        but this object reaches the workspace."""
        await self._supervisor.connect()
        if empty:
            store = shlex.quote(f"{self._home}/store.git")
            await self._admin.admin(f"git init -q --bare --template= {store} && mkdir -p {store}/info")
        first = await self._checkpoints.begin()
        self._saved_tree, self._saved_number = first.tree, first.number
        self._untouched = first if alone else None

    async def run(
        self,
        command: str,
        *,
        timeout: float = 120.0,
        background_after: float | None = None,
        watch: Watch | None = None,
    ) -> CommandResult:
        self._untouched = None
        return await self._commands.run(command, timeout=timeout, background_after=background_after, watch=watch)

    async def interrupt(self) -> None:
        await self._commands.interrupt()

    async def poll(self, job: int, *, wait: float = 0.0) -> CommandResult:
        return await self._commands.poll(job, wait)

    async def kill(self, job: int) -> CommandResult:
        return await self._commands.kill(job)

    async def admin(self, command: str, *, timeout: float = 120.0) -> bytes:
        """A command of Mimosa's own; see `shell.Shell`."""
        self._untouched = None
        return await self._admin.admin(command, timeout=timeout)

    async def read(self, path: str) -> bytes:
        return await self._files.read(path)

    async def write(self, path: str, data: bytes) -> None:
        self._untouched = None
        await self._files.write(path, data)

    async def checkpoint(self) -> Checkpoint:
        if self._untouched is not None:
            return self._untouched
        checkpoint = await self._checkpoints.checkpoint()
        if checkpoint.tree != self._saved_tree:
            self.saved_patch = await self._checkpoints.diff(0, checkpoint.number)
            self._saved_tree, self._saved_number = checkpoint.tree, checkpoint.number
        return checkpoint

    async def restore(self, number: int) -> None:
        self._untouched = None
        await self._checkpoints.restore(number)

    async def diff(self, base: int = 0, to: int | None = None) -> bytes:
        if base == 0 and to == self._saved_number:
            return self.saved_patch  # made with the checkpoint
        return await self._checkpoints.diff(base, to)

    async def apply(self, patch: bytes) -> Checkpoint:
        self._untouched = None
        await self._checkpoints.apply(patch)
        return await self.checkpoint()

    async def close(self) -> None:
        self._commands.close()
        self._supervisor.close()
