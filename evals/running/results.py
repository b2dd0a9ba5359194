"""What a journal comes to: for each sample of each instance its attempts, and the one that counts.

Pure: lines in, values out. The report, the screen and a resumed run read the same numbers here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evals.grading.base import Grade
from evals.running.records import (
    RESULTS,
    AttemptEnded,
    AttemptGraded,
    AttemptStarted,
    JournalLine,
)

State = Literal["graded", "ungraded", "failed", "infrastructure", "interrupted", "unfinished", "waiting"]
"""How a sample stands. `graded` and `ungraded` have a result; `failed` met a defect of Mimosa's; `unfinished` has
an attempt that began and did not end, now or because it was killed; `waiting` has none yet."""

Key = tuple[str, int]
"""Instance id and sample."""


@dataclass(frozen=True)
class AttemptRecord:
    """One attempt as the journal tells of it. `started_at` and `ended_at` are Unix times; None where there is no
    such line. `grade` is the last verdict on it."""

    instance_id: str
    sample: int
    attempt: int
    worker: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    ended: AttemptEnded | None = None
    grade: Grade | None = None

    @property
    def is_result(self) -> bool:
        return self.ended is not None and self.ended.outcome in RESULTS

    @property
    def state(self) -> State:
        if self.ended is None:
            return "unfinished"
        match self.ended.outcome:
            case "failed" | "infrastructure" | "interrupted" as outcome:
                return outcome
            case _:
                return "graded" if self.grade is not None else "ungraded"


@dataclass(frozen=True)
class Result:
    """One sample of an instance, with its attempts in the order of their numbers."""

    instance_id: str
    sample: int
    attempts: tuple[AttemptRecord, ...] = ()

    @property
    def counted(self) -> AttemptRecord | None:
        """The attempt that counts: the first that is a result. A later one changes nothing, so that nobody gains
        by trying again."""
        return next((attempt for attempt in self.attempts if attempt.is_result), None)

    @property
    def state(self) -> State:
        if self.counted is not None:
            return self.counted.state
        return self.attempts[-1].state if self.attempts else "waiting"

    @property
    def resolved(self) -> bool | None:
        """None where there is no verdict yet."""
        counted = self.counted
        return counted.grade.resolved if counted is not None and counted.grade is not None else None


def attempts_of(lines: Iterable[JournalLine]) -> dict[Key, tuple[AttemptRecord, ...]]:
    """The attempts of each sample that has any, samples in the order in which they first appear."""
    records: dict[tuple[str, int, int], AttemptRecord] = {}
    for line in lines:
        event = line.event
        if isinstance(event, (AttemptStarted, AttemptEnded)):
            key = (event.instance_id, event.sample, event.attempt)
        elif isinstance(event, AttemptGraded):
            key = (event.grade.instance_id, event.sample, event.attempt)
        else:
            continue
        records[key] = _told(records.get(key, AttemptRecord(*key)), event, line.at)
    found: dict[Key, list[AttemptRecord]] = {}
    for record in records.values():
        found.setdefault((record.instance_id, record.sample), []).append(record)
    return {key: tuple(sorted(made, key=lambda record: record.attempt)) for key, made in found.items()}


def _told(record: AttemptRecord, event: AttemptStarted | AttemptEnded | AttemptGraded, at: float) -> AttemptRecord:
    match event:
        case AttemptStarted(worker=worker):
            return replace(record, worker=worker, started_at=at)
        case AttemptEnded() if record.ended is None:  # the first end stands
            return replace(record, ended=event, ended_at=at)
        case AttemptGraded(grade=grade):
            return replace(record, grade=grade)
        case _:
            return record


def results_of(lines: Iterable[JournalLine], instance_ids: Sequence[str], samples: int) -> tuple[Result, ...]:
    """One result for each sample from 1 to `samples` of each instance, in that order; then those that only the
    journal knows."""
    attempts = attempts_of(lines)
    wanted = [(instance_id, sample) for instance_id in instance_ids for sample in range(1, samples + 1)]
    keys = [*wanted, *(key for key in attempts if key not in set(wanted))]
    return tuple(Result(*key, attempts.get(key, ())) for key in keys)
