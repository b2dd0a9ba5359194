"""How many workers: from the machine and the model server, measured while the run goes on."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

MOST = 32
"""One Docker engine gets slower, not faster, past this many sandboxes at work."""
STEP_S = 5.0
"""Seconds between two changes of the number."""
BUSY, SPARE = 0.95, 0.85
"""Shares of the processors' time: more work is taken below SPARE, less above BUSY."""
ROOM_BYTES = 2 * 2**30
"""Memory that must be available before one more worker is taken."""
SHORT = 0.06
"""The share of the memory below which a worker is given up."""


class Capacity(Protocol):
    def workers(self, used: int) -> int:
        """How many attempts may be at work, where `used` are."""
        ...


class Fixed:
    """As many as the user said."""

    def __init__(self, number: int) -> None:
        self._number = number

    def workers(self, _used: int) -> int:
        return self._number


class Measured:
    """Grows one by one while the processors, the memory and the model server have room for more, and shrinks when
    one of them has not. `server_room` says how many more sessions the model server takes: None if it does not
    tell; below 0 where requests queue up."""

    def __init__(
        self,
        server_room: Callable[[], int | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server_room = server_room
        self._clock = clock
        self._number = max(1, min(MOST, len(os.sched_getaffinity(0))))
        self._processors = Processors()
        self._changed_at = clock()

    def workers(self, used: int) -> int:
        if self._clock() - self._changed_at >= STEP_S:
            self._changed_at = self._clock()
            self._number = max(1, min(MOST, self._number + self._change(used)))
        return self._number

    def _change(self, used: int) -> int:
        busy = self._processors.busy()
        available, whole = memory()
        room = self._server_room()
        if busy > BUSY or available < SHORT * whole or (room is not None and room < 0):
            return -1
        if used < self._number:
            return 0  # those that may work do not all work yet, so nothing is known of one more
        return int(busy < SPARE and available > ROOM_BYTES and (room is None or room > 0))


class Processors:
    """The share of the processors' time that was used since it was last asked, by whomever."""

    def __init__(self) -> None:
        self._last = _ticks()

    def busy(self) -> float:
        idle, whole = _ticks()
        before_idle, before = self._last
        self._last = (idle, whole)
        return 1 - (idle - before_idle) / (whole - before) if whole > before else 0.0


def _ticks() -> tuple[int, int]:
    """Idle and whole time since the boot, of all processors (proc_stat(5))."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return fields[3] + fields[4], sum(fields)


def memory() -> tuple[int, int]:
    """Bytes that are available without swapping, and all there are (proc_meminfo(5))."""
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) * 1024 for name in ("MemAvailable", "MemTotal"))  # type: ignore[return-value]
