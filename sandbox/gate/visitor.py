"""One connection of a program inside, as the gate sees it."""

import asyncio
from collections.abc import Callable

from sandbox.gate.frames import WINDOW, Kind

Send = Callable[[Kind, int, bytes], None]
"""Writes a frame of this connection: its kind, its size, and the bytes of DATA."""


class Visitor:
    """Implements `Peer`. The door calls the methods that begin with `on_`."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._came = bytearray()
        self._room = WINDOW
        self._ended = False
        self._gone = False
        self._changed = asyncio.Event()

    async def read(self) -> bytes:
        while not (self._came or self._ended or self._gone):
            await self._change()
        if self._gone:
            raise ConnectionResetError("the program closed its connection")
        data = bytes(self._came)
        self._came.clear()
        if data and not self._ended:
            self._send(Kind.TOOK, len(data), b"")
        return data

    async def write(self, data: bytes) -> None:
        while data:
            while not (self._room or self._gone):
                await self._change()
            if self._gone:
                raise ConnectionResetError("the program closed its connection")
            piece, data = data[: self._room], data[self._room :]
            self._room -= len(piece)
            self._send(Kind.DATA, len(piece), piece)

    def end(self) -> None:
        self._send(Kind.LAST, 0, b"")

    def on_data(self, data: bytes) -> None:
        if len(self._came) + len(data) > WINDOW:
            self.on_gone()  # no relay of ours does that
            return
        self._came += data
        self._changed.set()

    def on_took(self, size: int) -> None:
        self._room = min(WINDOW, self._room + size)
        self._changed.set()

    def on_end(self) -> None:
        self._ended = True
        self._changed.set()

    def on_gone(self) -> None:
        self._gone = True
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
