"""What attention has kept of earlier tokens: keys and values of every layer.

Keys are stored as [heads, width, tokens], so that scores are a plain product of matrices. Nothing is ever
removed: to roll back, one writes again at an earlier position.
"""

from typing import Protocol

import numpy as np

from model_runtime.nano.config import Attention
from model_runtime.nano.products import Matrix

ROOM = 384
"""Tokens that a sliding layer's buffer holds beyond its window; also the longest chunk that may be written."""


class LayerCache(Protocol):
    """Keys and values of one layer. Positions are written in order; a position that was written before, but not
    before one that has slid out of sight, may be written again, and what followed it is void."""

    def write(self, position: int, keys: Matrix, values: Matrix) -> None:
        """keys: [tokens, heads, key_width], values: [tokens, heads, value_width], from `position` on."""
        ...

    def read(self, end: int, queries: int) -> tuple[Matrix, Matrix]:
        """What the `queries` tokens before position `end` may see: keys [heads, key_width, seen], values
        [heads, seen, value_width]. The last `seen` column is position `end - 1`."""
        ...

    def copy(self, end: int, room: int = ROOM) -> "LayerCache":
        """All that is needed to go on at position `end`; with `room` 0 small, only to be copied."""
        ...


def layer_cache(shape: Attention) -> LayerCache:
    return SlidingCache(shape) if shape.window else GlobalCache(shape)


class GlobalCache:
    """Every token since the first; grows by doubling."""

    def __init__(self, shape: Attention, capacity: int = 1024) -> None:
        self._shape = shape
        self._keys, self._values = _empty(shape, capacity)

    def write(self, position: int, keys: Matrix, values: Matrix) -> None:
        end = position + len(keys)
        if end > self._values.shape[1]:
            self._grow(position, max(end, 2 * self._values.shape[1]))
        self._keys[:, :, position:end] = keys.transpose(1, 2, 0)
        self._values[:, position:end] = values.transpose(1, 0, 2)

    def read(self, end: int, queries: int) -> tuple[Matrix, Matrix]:  # noqa: ARG002 - each sees all
        return self._keys[:, :, :end], self._values[:, :end]

    def copy(self, end: int, room: int = ROOM) -> "GlobalCache":
        other = GlobalCache(self._shape, end + room)
        other._keys[:, :, :end] = self._keys[:, :, :end]
        other._values[:, :end] = self._values[:, :end]
        return other

    def _grow(self, used: int, capacity: int) -> None:
        keys, values = _empty(self._shape, capacity)
        keys[:, :, :used] = self._keys[:, :, :used]
        values[:, :used] = self._values[:, :used]
        self._keys, self._values = keys, values


class SlidingCache:
    """The last tokens alone: a ring buffer that is straightened out instead of wrapping, so that each window
    is one slice. When its end is reached, the window moves to its beginning, once in `ROOM` tokens."""

    def __init__(self, shape: Attention, room: int = ROOM) -> None:
        self._shape = shape
        self._first = 0  # the position in column 0
        self._keys, self._values = _empty(shape, shape.window + room)

    def write(self, position: int, keys: Matrix, values: Matrix) -> None:
        start = position - self._first
        end = start + len(keys)
        if end > self._values.shape[1]:
            kept = min(start, self._shape.window)
            self._move(start - kept, kept)
            start, end = kept, kept + len(keys)
        self._keys[:, :, start:end] = keys.transpose(1, 2, 0)
        self._values[:, start:end] = values.transpose(1, 0, 2)

    def read(self, end: int, queries: int) -> tuple[Matrix, Matrix]:
        stop = end - self._first
        start = max(0, stop - queries - self._shape.window)
        return self._keys[:, :, start:stop], self._values[:, start:stop]

    def copy(self, end: int, room: int = ROOM) -> "SlidingCache":
        other = SlidingCache(self._shape, room)
        stop = end - self._first
        start = max(0, stop - self._shape.window)
        other._first = self._first + start
        other._keys[:, :, : stop - start] = self._keys[:, :, start:stop]
        other._values[:, : stop - start] = self._values[:, start:stop]
        return other

    def restart(self, position: int) -> None:
        """Forget everything; the next to be written is `position`."""
        self._first = position

    def _move(self, start: int, kept: int) -> None:
        """`kept` columns from `start` on come to the beginning."""
        self._keys[:, :, :kept] = self._keys[:, :, start : start + kept].copy()
        self._values[:, :kept] = self._values[:, start : start + kept].copy()
        self._first += start


def _empty(shape: Attention, capacity: int) -> tuple[Matrix, Matrix]:
    # Rows a power of two apart would all compete for the same lines of the processor's cache.
    capacity = -(-capacity // 32) * 32 + 16
    keys = np.empty((shape.kv_heads, shape.key_width, capacity), np.float32)
    values = np.empty((shape.kv_heads, capacity, shape.value_width), np.float32)
    return keys, values
