"""One shell that several subagents use in turn, each with a working directory of its own."""

import asyncio
import contextlib
import shlex
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sandbox.base import CommandResult, Sandbox
from sandbox.errors import SandboxDied


class SharedShell:
    """Commands wait for each other, whoever's they are. Exported variables are everybody's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = asyncio.Lock()
        self._folders: dict[object, str] = {}
        self._before = ""
        self._at: object = None
        self._runs: object = None

    @asynccontextmanager
    async def used_by(self, user: object) -> AsyncGenerator[None, None]:
        """Begins in the workspace. After the last user the shell is where it was before the first. Raises
        SandboxError."""
        async with self._lock:
            if not self._folders:
                self._before = await self._where()
            self._folders[user] = self._sandbox.workspace
        try:
            yield
        finally:
            with contextlib.suppress(SandboxDied):  # whoever uses it next is told
                await self._leave(user)

    async def run(self, user: object, command: str, **options: Any) -> CommandResult:
        """`Sandbox.run`, where `user` was last."""
        async with self._lock:
            await self._go_to(user)
            self._runs = user
            try:
                return await self._sandbox.run(command, **options)
            finally:
                self._runs = None

    async def interrupt(self, user: object) -> None:
        """End the command of `user` that runs, and nobody else's."""
        if self._runs is user:
            await self._sandbox.interrupt()

    async def _go_to(self, user: object) -> None:
        if self._at is user:
            return
        if self._at in self._folders:
            self._folders[self._at] = await self._where()
        await self._sandbox.run(f"cd {shlex.quote(self._folders[user])}")
        self._at = user

    async def _leave(self, user: object) -> None:
        async with self._lock:
            del self._folders[user]
            if self._at is user:
                self._at = None
            if not self._folders:
                await self._sandbox.run(f"cd {shlex.quote(self._before)}")

    async def _where(self) -> str:
        return (await self._sandbox.run("pwd")).output.rstrip("\n")
