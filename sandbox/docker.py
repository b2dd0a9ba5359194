"""A sandbox in a Docker container of its own: no network, no capability, no file of the host."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.channel.supervised import SupervisedSandbox
from sandbox.container.link import DockerLink
from sandbox.container.made import Made, fill, make_container
from sandbox.container.options import HOME, WORKSPACE, DockerOptions
from sandbox.container.place import DockerPlace
from sandbox.errors import SandboxDied
from sandbox.gate.door import Door, proxy_variables
from sandbox.gate.gate import Gate
from sandbox.images.engine import connect
from sandbox.workspace.snapshot import Snapshot

if TYPE_CHECKING:
    from docker import DockerClient

    from sandbox.channel.channel import Receiver
    from sandbox.channel.premises import Premises


class DockerSandbox(SupervisedSandbox):
    """One container, from `start` to `close`.

    `snapshot` must be taken for `options.uid` and `options.gid`; None leaves the workspace as the image has it.
    `gate` leads to the hosts that commands may reach; None is no network at all.
    """

    def __init__(self, options: DockerOptions, snapshot: Snapshot | None = None, gate: Gate | None = None) -> None:
        if gate is not None:
            options = replace(options, environment={**options.environment, **proxy_variables()})
        self._options = options
        self._snapshot = snapshot
        self._container = _LateContainer(options, snapshot)
        self._door = Door(gate, self._container.start_as_root) if gate is not None else None
        super().__init__(self._container, WORKSPACE, HOME, options.output_limit)

    @property
    def container(self) -> str:
        """The container's id. Raises SandboxDied before `start` and after `close`."""
        return self._container.id

    async def start(self) -> None:
        try:
            await self._container.make()
            await self._supervisor.connect()
            await self._container.fill()
            if self._door is not None:
                await self._door.open()
            await self._begin(empty=self._snapshot is None, alone=True)
        except BaseException:  # cancelled too: what was made must not stay
            await asyncio.shield(self.close())
            raise

    async def close(self) -> None:
        await super().close()
        if self._door is not None:
            self._door.close()
        await self._container.remove()


class _LateContainer:
    """The place before there is a container, while there is one, and after."""

    def __init__(self, options: DockerOptions, snapshot: Snapshot | None) -> None:
        self._options = options
        self._archive = snapshot.archive if snapshot is not None else None
        self._making: asyncio.Task[tuple[DockerClient, Made]] | None = None
        self._place: DockerPlace | None = None

    @property
    def id(self) -> str:
        if self._place is None or self._making is None:
            raise SandboxDied("the sandbox has no container: it was not started, or it was closed")
        return str(self._making.result()[1].container.id)

    async def make(self) -> None:
        self._making = asyncio.create_task(asyncio.to_thread(self._make))
        client, made = await asyncio.shield(self._making)
        self._place = DockerPlace(client, self._options, made)

    async def fill(self) -> None:
        """Bring the snapshot in."""
        if self._making is not None:
            await asyncio.to_thread(fill, self._making.result()[1], self._options, self._archive)

    async def premises(self) -> "Premises":
        return await self._running().premises()

    async def connect(self, receiver: "Receiver", *, again: bool) -> DockerLink:
        return await self._running().connect(receiver, again=again)

    async def start_as_root(self, command: Sequence[str], receiver: "Receiver") -> DockerLink:
        return await self._running().start_as_root(command, receiver)

    async def remove(self) -> None:
        """Remove the container, waiting for it to be made if it is being made. Whoever is cancelled in here is so
        after it was removed: nobody else could."""
        making, self._making, self._place = self._making, None, None
        if making is None:
            return
        removing = asyncio.ensure_future(_remove_made(making))
        cancelled: asyncio.CancelledError | None = None
        while not removing.done():
            try:
                await asyncio.wait({removing})
            except asyncio.CancelledError as error:
                cancelled = error
        removing.result()
        if cancelled is not None:
            raise cancelled

    def _make(self) -> "tuple[DockerClient, Made]":
        client = connect()
        return client, make_container(client, self._options)

    def _running(self) -> DockerPlace:
        if self._place is None:
            raise SandboxDied("the sandbox has no container: it was not started, or it was closed")
        return self._place


async def _remove_made(making: "asyncio.Task[tuple[DockerClient, Made]]") -> None:
    await asyncio.wait({making})
    if making.exception() is None:
        client, made = making.result()
        await asyncio.to_thread(_remove, client, made)


def _remove(client: "DockerClient", made: Made) -> None:
    from docker.errors import APIError
    from requests import RequestException

    try:
        made.container.remove(force=True, v=True)
    except (APIError, RequestException):
        # It is gone or going, or the engine is: then a later start sweeps what is left.
        return
    finally:
        client.close()
