"""The pipes of a `docker exec`: one socket, on which the engine carries standard output and error in frames."""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.channel.channel import Receiver
from sandbox.errors import EngineUnavailable

if TYPE_CHECKING:
    from docker import DockerClient

FRAME = struct.Struct(">BxxxL")
"""Stream number and length, before each piece (Docker Engine API, "Attach to a container", stream format)."""


class DockerLink(asyncio.Protocol):
    """Writes to an exec's standard input, takes its two outputs apart."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self.heard = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        at = 0
        while len(self._data) - at >= FRAME.size:
            stream, length = FRAME.unpack_from(self._data, at)
            if len(self._data) - at - FRAME.size < length:
                break
            at += FRAME.size
            self._receiver.received(stream, bytes(self._data[at : at + length]))
            self.heard = True
            at += length
        del self._data[:at]

    def connection_lost(self, _exc: Exception | None) -> None:
        self._receiver.lost()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def open_exec(client: "DockerClient", container: str, command: Sequence[str], user: str) -> socket.socket:
    """Start `command` in a running container; it blocks. Raises docker's and requests' errors, and
    EngineUnavailable if the connection to the engine is of a kind that cannot carry it."""
    made = client.api.exec_create(container, list(command), stdin=True, user=user, workdir="/")
    stream = client.api.exec_start(made["Id"], socket=True)
    raw = getattr(stream, "_sock", stream)
    if not isinstance(raw, socket.socket) or isinstance(raw, ssl.SSLSocket):
        raise EngineUnavailable(
            "sandboxes need an engine on a Unix socket or plain TCP, and this one is reached through TLS or SSH. "
            "Forward its socket instead: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST, and "
            "DOCKER_HOST=unix:///tmp/docker.sock"
        )
    return socket.socket(fileno=os.dup(raw.fileno()))  # a life of its own: the client may drop its response


async def connect_link(receiver: Receiver, exec_socket: socket.socket) -> DockerLink:
    exec_socket.setblocking(False)
    _, link = await asyncio.get_running_loop().create_connection(lambda: DockerLink(receiver), sock=exec_socket)
    return link
