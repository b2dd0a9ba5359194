"""A server and the GPUs, looked at again and again."""

from collections import deque
from dataclasses import dataclass

from model_runtime.metrics.base import Counters, Meter, Reading
from model_runtime.metrics.gpus import GpuReading, Gpus

WINDOW_S = 60.0
SESSION_SIZES = (32_768, 65_536, 131_072, 262_144)


@dataclass(frozen=True)
class View:
    """What is known at one moment. reading: None if the server does not answer. lately: counted within the last
    minute; None if the server does not count. lately_s: seconds that this is about. gpus: of this machine, where
    the server runs on it."""

    reading: Reading | None
    lately: Counters | None = None
    lately_s: float = 0.0
    gpus: tuple[GpuReading, ...] = ()

    @property
    def acceptance(self) -> float | None:
        """Tokens a decoding step: of the last minute, else as the server says."""
        counted = self.lately.acceptance if self.lately else None
        return counted or (self.reading.acceptance if self.reading else None)

    @property
    def hit_rate(self) -> float | None:
        """Of the prefix cache, 0 to 1: of the last minute, else since the server's start, else as it says."""
        if self.lately is not None and self.lately.hit_rate is not None:
            return self.lately.hit_rate
        counters = self.reading.counters if self.reading else None
        whole = counters.hit_rate if counters else None
        return whole if whole is not None else (self.reading.hit_rate if self.reading else None)

    @property
    def sessions_left(self) -> dict[int, int]:
        """More sessions that the cache has room for, by their tokens; empty if it is not known."""
        found = ((size, self.reading.sessions_left(size)) for size in SESSION_SIZES if self.reading)
        return {size: count for size, count in found if count is not None}


class ServerWatch:
    """`gpus` None: the server is not on this machine. Whoever makes the meter closes it."""

    def __init__(self, meter: Meter, gpus: Gpus | None) -> None:
        self._meter = meter
        self._gpus = gpus
        self._earlier: deque[Reading] = deque()

    async def look(self) -> View:
        reading = await self._meter.read()
        gpus = self._gpus.read() if self._gpus is not None else ()
        if reading is None:
            self._earlier.clear()
            return View(None, gpus=gpus)
        while self._earlier and reading.at - self._earlier[0].at > WINDOW_S:
            self._earlier.popleft()
        first = self._earlier[0] if self._earlier else None
        self._earlier.append(reading)
        if first is None:
            return View(reading, gpus=gpus)
        return View(reading, reading.since(first), reading.at - first.at, gpus)
