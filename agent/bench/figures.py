"""What a replay came to."""

from collections.abc import Callable, Iterable
from statistics import median

from agent.bench.replay import Replayed, Timed
from model_runtime.messages import Frozen
from model_runtime.metrics.base import Reading


class Level(Frozen):
    """One number of sessions side by side. Times in seconds, rates in tokens a second; None where it could not be
    measured. first_s: until the first token, the median and nine of ten. decode: of one request, the median.
    total: of all sessions together. acceptance: tokens a decoding step. hit_rate: of the prefix cache, by the
    replies' own counts, 0 to 1."""

    sessions: int
    requests: int
    retried: int
    first_s: float | None
    first_p90_s: float | None
    decode: float | None
    total: float
    acceptance: float | None
    hit_rate: float | None


class Turn(Frozen):
    """One step of a session alone: how much of its prompt the cache held, and how long its first token took."""

    step: int
    prompt: int
    cached: int
    first_s: float | None


class CompactionCost(Frozen):
    """tokens: in use before. summary_s: until the summary was written; written: its tokens. first_s: until the
    first token of the next request, whose prompt is new but for its head; before_s: without a compaction."""

    tokens: int
    summary_s: float
    written: int
    first_s: float | None
    before_s: float | None


def level_of(replayed: Replayed, before: Reading | None, after: Reading | None) -> Level:
    good = [timed for timed in replayed.requests if not timed.retries]
    firsts = _known(timed.first_s for timed in good)
    written = sum(timed.usage.completion_tokens for timed in replayed.requests)
    read = sum(timed.usage.prompt_tokens for timed in replayed.requests)
    cached = sum(timed.usage.cached_tokens for timed in replayed.requests)
    counted = after.since(before) if before is not None and after is not None else None
    said = after.acceptance if after is not None else None
    return Level(
        sessions=len(replayed.sessions),
        requests=len(replayed.requests),
        retried=len(replayed.requests) - len(good),
        first_s=_of(firsts, median),
        first_p90_s=_of(firsts, _p90),
        decode=_of(_known(timed.decode_rate for timed in good), median, 1),
        total=round(written / replayed.wall_s, 1) if replayed.wall_s else 0.0,
        acceptance=round(found, 2) if (found := (counted.acceptance if counted else None) or said) else None,
        hit_rate=round(cached / read, 4) if read else None,
    )


def turns_of(session: tuple[Timed, ...]) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            step=number,
            prompt=timed.usage.prompt_tokens,
            cached=timed.usage.cached_tokens,
            first_s=_round(timed.first_s),
        )
        for number, timed in enumerate(session, start=1)
    )


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _of(values: list[float], summary: Callable[[list[float]], float], digits: int = 3) -> float | None:
    return round(summary(values), digits) if values else None


def _p90(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.9))]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
