"""The supervisor of a local sandbox: a bash that is a child of this process."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

from sandbox.channel.channel import BOOT, NOTICES, REPLIES, Receiver
from sandbox.channel.premises import Premises
from sandbox.errors import EnvironmentFailed, SandboxDied

LAST_SECONDS = 5.0
"""How long a supervisor may take to end its commands after its input was closed."""


class LocalPlace:
    """Starts supervisors in the folders that `premises` names."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._link: LocalLink | None = None

    async def premises(self) -> Premises:
        return self._premises

    async def connect(self, receiver: Receiver, *, again: bool) -> "LocalLink":  # noqa: ARG002 - there is room
        bash = shutil.which("bash", path=self._premises.path)
        if bash is None:
            raise EnvironmentFailed("a local sandbox needs bash, and there is none on PATH: install it")
        try:
            _, link = await asyncio.get_running_loop().subprocess_exec(
                lambda: LocalLink(receiver),
                *(bash, "-p", "-c", BOOT, "mimosa"),
                cwd=self._premises.home,
                env={"PATH": self._premises.path},
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxDied(f"no shell can be started in {self._premises.home}: {error.strerror}") from error
        self._link = link
        return link

    async def ended(self) -> None:
        """Wait until the last supervisor is gone, by force if it does not go."""
        if self._link is not None:
            await self._link.ended()


class LocalLink(asyncio.SubprocessProtocol):
    """The pipes of one supervisor."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._process: asyncio.SubprocessTransport | None = None
        self._exited = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._process = transport

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        assert isinstance(data, bytes)
        self._receiver.received(NOTICES if fd == NOTICES else REPLIES, data)

    def pipe_connection_lost(self, fd: int, _exc: Exception | None) -> None:
        if fd == REPLIES:
            self._receiver.lost()

    def process_exited(self) -> None:
        self._exited.set()
        self._receiver.lost()

    def write(self, data: bytes) -> None:
        pipe = self._process.get_pipe_transport(0) if self._process is not None else None
        if isinstance(pipe, asyncio.WriteTransport):
            pipe.write(data)

    def close(self) -> None:
        """Close its input: it then ends its commands and itself."""
        pipe = self._process.get_pipe_transport(0) if self._process is not None else None
        if pipe is not None:
            pipe.close()

    async def ended(self) -> None:
        try:
            await asyncio.wait_for(self._exited.wait(), LAST_SECONDS)
        except TimeoutError:
            self._kill()
            await self._exited.wait()
        if self._process is not None:
            self._process.close()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()


def end_marked(mark: str) -> None:
    """Kill every process whose environment at its start named the sandbox `mark`."""
    needle = f"MIMOSA_SANDBOX={mark}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if needle in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue  # it ended meanwhile, or it is another user's
