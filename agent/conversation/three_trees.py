"""The three trees that tell all of a conversation's files: the user's files, the workspace, and the base, which is
what both had last.

What is not applied yet is the difference from base to workspace; what the user edited is the difference from base
to user.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from agent.events import Event, FilesApplied, FilesFollowed
from agent.log import read_log
from agent.place import ARCHIVE
from agent.session import Session
from sandbox.base import Sandbox
from sandbox.errors import SandboxError
from sandbox.exchange.trees import Trees
from sandbox.exchange.users_tree import users_tree

STORE = "user.git"
"""The store of all three trees, in the session's folder."""


class ThreeTrees:
    """Those of one conversation, in one store. `base` is "" before the store's first use. Methods raise
    SandboxError (also RepositoryError)."""

    def __init__(self, session: Session, sandbox: Sandbox, repository: Path, max_file_mb: int) -> None:
        self.base = ""
        self._session = session
        self._sandbox = sandbox
        self._repository = repository
        self._max_file_mb = max_file_mb
        self._made: Trees | None = None
        self._making = asyncio.Lock()

    async def store(self) -> Trees:
        """The store, made at its first use."""
        async with self._making:
            if self._made is None:
                folder = self._session.folder
                made = await asyncio.to_thread(
                    Trees.of_snapshot, folder / ARCHIVE, folder / STORE, self._repository
                )
                self.base = base_of(folder) or made.start
                self._made = made
            return self._made

    async def workspace(self) -> str:
        """The tree of the sandbox's files. They are recorded for it; while a turn goes on it is what was
        recorded last, after a call."""
        trees = await self.store()
        if not self._session.working:
            await self._session.save()
        made = self._session.checkpoint
        if made is None:
            return trees.start
        return await asyncio.to_thread(checkpoint_tree, trees, self._session.folder, made.tree, made.patch)

    def users(self, trees: Trees) -> str:
        """The tree of the user's files as they are now; it blocks."""
        return users_tree(trees, self._max_file_mb)

    async def put(self, trees: Trees, workspace: str, tree: str) -> None:
        """Make the sandbox's files those of `tree`; `workspace` is what they are. Whoever calls records them."""
        if tree != workspace:
            await self._sandbox.apply(await asyncio.to_thread(trees.patch, workspace, tree))

    async def note_applied(self, trees: Trees, users: str, paths: list[str]) -> Event:
        """Both sides have `paths` as they are in `users`; returns what was recorded."""
        before = self.base
        await self.advance_base(trees, users, paths)
        return self._session.record(FilesApplied(before=before, after=self.base, paths=tuple(paths)))

    async def advance_base(self, trees: Trees, users: str, paths: Sequence[str]) -> None:
        """The base has `paths` as they are in `users`."""
        sides = await asyncio.to_thread(trees.at, users, paths)
        self.base = await asyncio.to_thread(trees.with_paths, self.base, sides)


def base_of(folder: Path) -> str:
    """The base that the log of a session says last, "" for none."""
    events = (record.event for record in reversed(read_log(folder)))
    return next((event.after for event in events if isinstance(event, FilesFollowed | FilesApplied)), "")


def checkpoint_tree(trees: Trees, folder: Path, tree: str, patch: str) -> str:
    """The tree of a checkpoint, made from its patch if the store does not have it yet."""
    if trees.has(tree):
        return tree
    made = trees.after(trees.start, (folder / patch).read_bytes())
    if made != tree:
        raise SandboxError(f"{folder / patch} does not lead to the files that the sandbox had: it was changed")
    return made
