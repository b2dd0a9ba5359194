"""What is left to do in a run, and in which order: gradings first, then what is tried again, then what is new."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from evals.instances.base import Instance
from evals.running.base import Kind, Work
from evals.running.folder import RunFolder
from evals.running.order import near_each_other
from evals.running.results import Key, Result


class Agenda:
    """Built from what the journal knows; `grade`: results without a verdict get one. Times are those of any one
    clock, in seconds."""

    def __init__(
        self, folder: RunFolder, instances: Sequence[Instance], results: Iterable[Result], *, grade: bool
    ) -> None:
        self._folder = folder
        self._instances: Mapping[str, Instance] = {row.instance_id: row for row in instances}
        self._numbers: dict[Key, int] = {}
        self._again: list[tuple[float, Work]] = []
        self._gradings: deque[Work] = deque()
        open_keys: set[Key] = set()
        samples = 1
        for result in results:
            if result.instance_id not in self._instances:
                continue
            key = (result.instance_id, result.sample)
            samples = max(samples, result.sample)
            self._numbers[key] = max((attempt.attempt for attempt in result.attempts), default=0)
            if result.counted is None:
                open_keys.add(key)
            elif grade and result.counted.grade is None:
                self._gradings.append(self._work("grading", key, result.counted.attempt))
        order = [
            (row.instance_id, sample) for row in near_each_other(instances) for sample in range(1, samples + 1)
        ]
        self._fresh = deque(key for key in order if key in open_keys)

    @property
    def attempts_left(self) -> int:
        """Samples that still need an attempt to begin."""
        return len(self._fresh) + sum(work.kind == "attempt" for _, work in self._again)

    def is_empty(self) -> bool:
        return not (self._fresh or self._again or self._gradings)

    def next_at(self) -> float | None:
        """When something that waits may begin, if there is nothing else."""
        return min((at for at, _ in self._again), default=None)

    def next(self, now: float, *, attempts: bool) -> Work | None:
        """What to begin next, if anything may begin now; gradings alone unless `attempts`."""
        if self._gradings:
            return self._gradings.popleft()
        for entry in self._again:
            at, work = entry
            if at <= now and (attempts or work.kind == "grading"):
                self._again.remove(entry)
                return work if work.kind == "grading" else self._attempt(work.key)
        if attempts and self._fresh:
            return self._attempt(self._fresh.popleft())
        return None

    def grade(self, work: Work) -> None:
        """The attempt `work` is to be graded."""
        self._gradings.append(self._work("grading", work.key, work.attempt))

    def again(self, work: Work, at: float) -> None:
        """Infrastructure failed: the same once more, not before `at`. An attempt gets a new number."""
        self._again.append((at, work))

    def drop_attempts(self) -> None:
        """Begin no more attempts; gradings go on."""
        self._fresh.clear()
        self._again = [(at, work) for at, work in self._again if work.kind == "grading"]

    def _attempt(self, key: Key) -> Work:
        """The next attempt at `key`. A folder may be there that the journal does not know, after a power cut."""
        number = self._numbers[key] + 1
        while self._folder.attempt(*key, number).exists():
            number += 1
        self._numbers[key] = number
        return self._work("attempt", key, number)

    def _work(self, kind: Kind, key: Key, attempt: int) -> Work:
        instance_id, sample = key
        return Work(
            kind=kind,
            instance=self._instances[instance_id],
            sample=sample,
            attempt=attempt,
            folder=self._folder.attempt(instance_id, sample, attempt),
        )
