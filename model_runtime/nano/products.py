"""Products of a few rows with the matrices of a model: nearly all of the time that a token takes.

A matrix product begins with a copy of the matrix, to have it in the order in which it is read. For the few rows of
a pass that generates that copy costs more than the product, so BLAS has another way for small matrices, on some
processors (OpenBLAS 0.3 has, with AVX-512). Where it has, a matrix is cut into panels of columns that are small
enough for that way, each in one piece of memory: four rows take half again as long as one. Where it has not, the
rows go through the matrix one after the other: the first one fetches it, the others find it near the processor.
"""

import time
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Panels = NDArray[np.float32]
"""A matrix [in, out] as [panels, in, columns]; `panels * columns` is `out`."""

FEW = 16
"""Rows of a pass that generates, as opposed to one that reads a prompt."""
NARROW, WIDE = (64, 48, 32, 16), (640, 512)
"""Columns of a panel, the first that a matrix can be cut into: for rows that go together, and for rows that go one
after the other, where only a matrix that is wider than `WHOLE` is cut."""
WHOLE = 1024


def columns_of(out: int) -> int:
    """Columns of each panel of a matrix [in, out]."""
    if small_products_are_fast():
        widths: tuple[int, ...] = NARROW
    else:
        widths = WIDE if out > WHOLE else ()
    return next((each for each in widths if out % each == 0), out)


def product(rows: Matrix, panels: Panels, out: Matrix | None = None) -> Matrix:
    """rows: [tokens, in]. Returns [tokens, panels * columns]: `out`, if it is given."""
    if out is None:
        out = np.empty((len(rows), panels.shape[0] * panels.shape[2]), np.float32)
    by_panel = out.reshape(len(rows), len(panels), panels.shape[2]).transpose(1, 0, 2)
    if together(len(rows)):
        np.matmul(rows, panels, out=by_panel)
    else:
        np.vecmat(rows, panels[:, None], out=by_panel)
    return out


def product_of_each(rows: Matrix, matrices: Matrix) -> Matrix:
    """[n, tokens, in] times [n, in, out]."""
    out: Matrix = rows @ matrices if together(rows.shape[1]) else np.vecmat(rows, matrices[:, None])
    return out


def together(rows: int) -> bool:
    """Whether so many rows are multiplied together, or one after the other."""
    return rows > FEW or small_products_are_fast()


@cache
def small_products_are_fast() -> bool:
    """Whether four rows are faster together than one after the other, measured once, in a millisecond."""
    rows, panels = np.ones((4, 192), np.float32), np.ones((6, 192, 64), np.float32)
    at_once = min(_seconds(np.matmul, rows, panels) for _ in range(7))
    each = min(_seconds(np.vecmat, rows, panels[:, None]) for _ in range(7))
    return at_once < 0.8 * each


def _seconds(multiply: Callable[[Matrix, Matrix], Matrix], rows: Matrix, panels: Matrix) -> float:
    began = time.perf_counter()
    multiply(rows, panels)
    return time.perf_counter() - began
