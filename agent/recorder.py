"""The workspace on its way into the session folder: a patch a checkpoint, there before the log tells of it."""

import asyncio
from pathlib import Path

from agent.errors import SessionError
from agent.events import CheckpointMade
from sandbox.base import Sandbox

FOLDER = "checkpoints"


class WorkspaceRecorder:
    """Asks the sandbox for a checkpoint, and keeps the patch since the start whenever the files have changed.
    `last` is the newest of them, None while the files are as at the start."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._tree = ""
        self.last: CheckpointMade | None = None
        self._one = asyncio.Lock()
        self._next = len(list((folder / FOLDER).glob("*.patch")))

    async def begin(self) -> None:
        """Note the workspace as it is now; only what changes from here on is recorded."""
        self._tree = (await self._sandbox.checkpoint()).tree

    async def record(self) -> CheckpointMade | None:
        """Save the workspace if it changed since the last time. One at a time: a turn does it, and
        whoever looks at the files meanwhile. Raises SandboxError and SessionError."""
        async with self._one:
            return await self._record()

    async def _record(self) -> CheckpointMade | None:
        checkpoint = await self._sandbox.checkpoint()
        if checkpoint.tree == self._tree:
            return None
        patch = f"{FOLDER}/{self._next:04d}.patch"
        # Of the checkpoint, not of the workspace: a background job may have gone on since.
        write_whole(self._folder / patch, await self._sandbox.diff(0, checkpoint.number))
        self._next += 1
        self._tree = checkpoint.tree
        self.last = CheckpointMade(number=checkpoint.number, tree=checkpoint.tree, patch=patch)
        return self.last

    async def bring_back(self, made: CheckpointMade) -> None:
        """Put the files of a checkpoint into a new sandbox that holds them as they were at the start. Raises
        SessionError if they are not the same afterwards, to the byte, and SandboxError."""
        patch = self._folder / made.patch
        try:
            data = patch.read_bytes()
        except OSError as error:
            raise SessionError(f"The checkpoint {patch} cannot be read: {error.strerror}.") from error
        self._tree = (await self._sandbox.apply(data)).tree
        self.last = made
        if self._tree != made.tree:
            raise SessionError(
                "The files of the session could not be brought back as they were: it applies, but not to the "
                f"same files. Its changes are all in {patch}; apply them with git, and start a new session."
            )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is either there whole or not at all. Raises SessionError."""
    unfinished = path.with_suffix(".unfinished")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise SessionError(f"{path} cannot be written: {error.strerror}. Free some space and resume.") from error
