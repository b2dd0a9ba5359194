"""How many threads the matrix library may use.

A product of a few rows takes microseconds, and to wake a second thread for it takes as long; on a machine that
is busy otherwise, it takes a hundred times as long. NumPy's wheels bring OpenBLAS, which is set at run time
here: its environment variable counts only before the first import, and would reach every command that this
process starts.
"""

import ctypes
from functools import cache
from pathlib import Path

import numpy as np

SETTERS = ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads", "openblas_set_num_threads")


@cache
def use_one_thread() -> bool:
    """For all of this process. False where NumPy was built with another library, which is left alone."""
    folder = Path(np.__file__).parent
    for path in (*folder.parent.glob("numpy.libs/*openblas*"), *folder.glob(".dylibs/*openblas*")):
        library = ctypes.CDLL(str(path))  # loaded already: the same one
        for name in SETTERS:
            if hasattr(library, name):
                getattr(library, name)(1)
                return True
    return False
