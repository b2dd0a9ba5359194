"""The gate: leads each connection of a program in a sandbox to the host it asks for, or turns it away."""

import asyncio
from typing import Protocol

from sandbox.gate.addresses import Resolve, resolve
from sandbox.gate.allowed import AllowList, address_of
from sandbox.gate.request import HEAD_END, MOST_HEAD, Asked, BadRequest, read_request
from sandbox.gate.visits import Visit, Visits

CONNECT_S = 30.0
"""Seconds to find a host's address and to reach it."""
LAST_WORDS_S = 5.0
"""Seconds in which who was turned away may finish speaking; the answer could else be lost with the connection."""
PIECE = 64 * 1024


class Refused(Exception):
    """Nobody may go there; the message says why."""


class Peer(Protocol):
    """A program's connection. Its methods raise ConnectionError when the program is gone."""

    async def read(self) -> bytes:
        """Some bytes; none once the program has said that no more will come."""
        ...

    async def write(self, data: bytes) -> None:
        """Returns when there is room for more."""
        ...

    def end(self) -> None:
        """Nothing more will be written."""
        ...


class Gate:
    """One list of hosts, and the counts of who was asked for. It serves any number of sandboxes."""

    def __init__(self, allow: AllowList, resolve: Resolve = resolve) -> None:
        self.allow = allow
        self._resolve = resolve
        self._visits = Visits()

    @property
    def visits(self) -> tuple[Visit, ...]:
        return self._visits.counted()

    async def serve(self, peer: Peer) -> None:
        """Serve one connection to its end."""
        try:
            head, rest = await _read_head(peer)
            try:
                await self._lead(read_request(head), rest, peer)
            except BadRequest as error:
                await _turn_away(peer, 400, str(error))
        except ConnectionError:
            return  # the program went away

    async def _lead(self, asked: Asked, rest: bytes, peer: Peer) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await self._reach(asked)
        except Refused as refusal:
            self._visits.refuse(asked.host, asked.port)
            await _turn_away(peer, 403, str(refusal))
            return
        except OSError as error:  # TimeoutError among them
            self._visits.allow(asked.host, asked.port)
            await _turn_away(peer, 502, f"{asked.host} cannot be reached ({error.strerror or 'no answer'})")
            return
        self._visits.allow(asked.host, asked.port)
        try:
            if asked.head is None:
                await peer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            writer.write((asked.head or b"") + rest)
            async with asyncio.TaskGroup() as both:
                both.create_task(_carry_out(peer, writer))
                both.create_task(_carry_in(reader, peer))
        except* OSError:
            pass  # one of the two broke off, and so does the other
        finally:
            writer.close()

    async def _reach(self, asked: Asked) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises Refused, and OSError from looking for the host or connecting to it."""
        place = f"{asked.host} port {asked.port}"
        if not self.allow.names(asked.host, asked.port):
            raise Refused(f"{place} is not on the allow-list of this sandbox: {self.allow}")
        if address_of(asked.host) is not None:
            return await asyncio.open_connection(asked.host, asked.port)
        # It is looked for once: another answer could be another host.
        found = await self._resolve(asked.host, asked.port)
        addresses = [address for address in found if self.allow.reaches(address, asked.port)]
        if not addresses:
            raise Refused(f"{place} is at a private address that the allow-list does not name")
        return await _connect(addresses, asked.port)


async def _read_head(peer: Peer) -> tuple[bytes, bytes]:
    """What comes up to the empty line, and what came after it."""
    data = b""
    while HEAD_END not in data and len(data) <= MOST_HEAD:
        piece = await peer.read()
        if not piece:
            raise ConnectionError("it ended before it had asked for anything")
        data += piece
    head, _, rest = data.partition(HEAD_END)
    return head, rest


async def _connect(addresses: list[str], port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first that answers. Raises the last one's OSError."""
    *others, last = addresses
    for address in others:
        try:
            return await asyncio.open_connection(address, port)
        except OSError:
            continue
    return await asyncio.open_connection(last, port)


async def _turn_away(peer: Peer, status: int, why: str) -> None:
    body = f"mimosa: {why}\n"
    lines = (
        f"HTTP/1.1 {status} {why}",
        "Content-Type: text/plain",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    await peer.write("\r\n".join((*lines, "", body)).encode("ascii", "replace"))
    peer.end()
    try:
        async with asyncio.timeout(LAST_WORDS_S):
            while await peer.read():
                pass
    except TimeoutError:
        return


async def _carry_out(peer: Peer, writer: asyncio.StreamWriter) -> None:
    while data := await peer.read():
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def _carry_in(reader: asyncio.StreamReader, peer: Peer) -> None:
    while data := await reader.read(PIECE):
        await peer.write(data)
    peer.end()
