"""What one session took of its server: acceptance, cache hits, GPU time and energy.

A server counts all its clients together. A session's own tokens are known from its replies, so its share of the
GPUs' time and energy is its share of the tokens that were written meanwhile.
"""

import time
from dataclasses import dataclass

from model_runtime.base import Usage
from model_runtime.messages import Frozen
from model_runtime.metrics.base import Counters, Meter, Reading
from model_runtime.metrics.gpus import Gpus, joules


class SessionFigures(Frozen):
    """None where it is not known. acceptance: tokens a decoding step, of all that the server wrote meanwhile.
    hit_rate: share of the session's prompt tokens that came from the prefix cache, 0 to 1. tokens_per_s: written
    while the session waited for replies. share: of the tokens that the server wrote meanwhile, the session's; 1 if
    it was alone. gpu_seconds: seconds of waiting times GPUs times share; joules: the GPUs' energy times share."""

    acceptance: float | None = None
    hit_rate: float | None = None
    tokens_per_s: float | None = None
    share: float | None = None
    gpus: int = 0
    gpu_seconds: float | None = None
    joules: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """The server and the GPUs at one moment; joules: of all GPUs."""

    at: float
    reading: Reading | None
    joules: float | None = None


class SessionMeter:
    """Measures from `begin` to `figures`, which may be called again and again in between. `read` keeps `latest`
    fresh, for a screen. `here`: the server runs on this machine, so the GPUs seen here are its."""

    def __init__(self, reader: Meter, *, here: bool) -> None:
        self.latest: Reading | None = None
        self._reader = reader
        self._gpus = Gpus() if here else None
        self._count = 0
        self._begun: Snapshot | None = None

    async def begin(self) -> None:
        facts = await self._reader.facts()
        self._count = facts.gpus if facts is not None else 0
        self._begun = await self._snapshot()

    async def read(self) -> Reading | None:
        """What the server says now."""
        self.latest = await self._reader.read()
        return self.latest

    async def figures(self, usage: Usage, model_seconds: float) -> SessionFigures:
        """`usage`: the tokens of all replies since `begin`. `model_seconds`: spent waiting for them."""
        now = await self._snapshot()
        return figures_of(self._begun or now, now, usage, model_seconds, gpus=self._count)

    async def close(self) -> None:
        await self._reader.close()
        if self._gpus is not None:
            self._gpus.close()

    async def _snapshot(self) -> Snapshot:
        reading = await self.read()
        energy = joules(self._gpus.read()) if self._gpus is not None else None
        return Snapshot(time.time(), reading, energy)


def figures_of(begun: Snapshot, now: Snapshot, usage: Usage, model_seconds: float, *, gpus: int) -> SessionFigures:
    """From the moments before and after. GPU time needs to be told how many `gpus` hold the model."""
    counted = now.reading.since(begun.reading) if now.reading and begun.reading else None
    share = _share(usage, counted)
    energy = now.joules - begun.joules if now.joules is not None and begun.joules is not None else None
    measured = gpus if now.joules is not None else 0
    return SessionFigures(
        acceptance=_rounded(counted.acceptance if counted else None),
        hit_rate=_rounded(usage.cached_tokens / usage.prompt_tokens if usage.prompt_tokens else None, 4),
        tokens_per_s=_rounded(usage.completion_tokens / model_seconds if model_seconds else None, 1),
        share=_rounded(share, 4),
        gpus=measured,
        gpu_seconds=_rounded(model_seconds * measured * share if measured and share is not None else None, 1),
        joules=_rounded(energy * share if energy is not None and share is not None else None, 1),
    )


def _share(usage: Usage, counted: Counters | None) -> float | None:
    """None if nothing was counted. A reply that is counted late must not make a share of more than one."""
    if counted is None or not counted.generated:
        return None
    return min(1.0, usage.completion_tokens / counted.generated)


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)
