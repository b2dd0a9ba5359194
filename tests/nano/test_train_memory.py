"""A training's memory."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

from model_runtime.nano.train.memory import give_back_free

PIECES, SIZE = 2000, 100_000
"""Small enough for the heap, where a piece that is kept keeps all below it."""


def resident() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="libc is not glibc")
def test_what_is_free_goes_back_to_the_system() -> None:
    pieces = [np.ones(SIZE, np.uint8) for _ in range(PIECES)]
    kept = pieces[-1]
    pieces.clear()
    before = resident()
    give_back_free()
    assert before - resident() > PIECES * SIZE * 0.8
    assert kept.all()
