"""The body of a request on its way out, never put together: late in a session it is megabytes long."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

PART = 64 * 1024
"""Bytes from which on a write is worth its while."""


@dataclass(frozen=True)
class Body:
    """The bytes of a request, in the pieces that the next one begins with. httpx lets go of what it was given only
    when the garbage collector comes by, which may be many requests later: of a body it is given the pieces, that
    are kept anyway, and none of it twice."""

    pieces: tuple[bytes, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in parts of `PART` bytes and a little more."""
        part: list[bytes] = []
        size = 0
        for piece in self.pieces:
            part.append(piece)
            size += len(piece)
            if size >= PART:
                yield b"".join(part)
                part, size = [], 0
        if part:
            yield b"".join(part)
