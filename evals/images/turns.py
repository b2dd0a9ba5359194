"""Two processes of this machine do not build the same image: the second waits for the first, and then has it."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from evals.cache import cache_folder
from sandbox.progress import Progress, Report

LOOK_S = 0.3


@contextmanager
def alone_with(name: str, phase: str, report: Report) -> Iterator[None]:
    """Hold the right to build the image `name`; a process that ends gives it back, however it ends. Blocks, and
    says so in `phase`. Of another machine on the same engine this knows nothing: both would build it."""
    path = cache_folder("building") / name.replace("/", "_").replace(":", "_")
    with path.open("w") as held:
        told = False
        while not _locked(held.fileno()):
            if not told:
                report(Progress(phase, "another Mimosa builds it; waiting"))
                told = True
            time.sleep(LOOK_S)
        yield


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
