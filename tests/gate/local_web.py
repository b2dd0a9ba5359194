"""A small web server of the test's own, and a gate that listens on TCP, so that real clients can speak to both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.gate.allowed import AllowList
from sandbox.gate.gate import Gate

BIG = bytes(range(256)) * 4096 * 8
"""8 MiB."""


class TcpPeer:
    """A `Peer` over a TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        return await self._reader.read(65536)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def end(self) -> None:
        self._writer.write_eof()


@asynccontextmanager
async def listening(gate: Gate) -> AsyncIterator[int]:
    """The port of a proxy that is `gate`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.serve(TcpPeer(reader, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def web(address: str = "127.0.0.2", heads: list[str] | None = None) -> AsyncIterator[int]:
    """The port of a server that answers each request with its own body, or with BIG where the path is /big, and
    then hangs up. Not at 127.0.0.1, which programs do not ask a proxy for. `heads` receives what it was asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if heads is not None:
            heads.append(head)
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(fields.get("content-length", 0))) or b"hello\n"
        body = BIG if head.startswith("GET /big") else body
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, address, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def gate_to(*hosts: str, **addresses: list[str]) -> Gate:
    """A gate to `hosts`, where names are known by `addresses`; "_" stands for a dot in a keyword."""
    known = {name.replace("_", "."): found for name, found in addresses.items()}

    async def resolve(host: str, _port: int) -> list[str]:
        if host not in known:
            raise OSError(-2, "Name or service not known")
        return known[host]

    return Gate(AllowList.parse(hosts), resolve)
