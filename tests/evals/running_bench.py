"""A run of tiny instances inside the test's process, with whatever preparer, grader and models it is to have."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tiny import TinyGrader, TinyPreparer, make_repository, settings, tiny_instances

from agent.config.load import Loaded
from evals.grading.base import Grader
from evals.instances.base import Instance
from evals.running.base import Executor, Preparer
from evals.running.begin import new_run
from evals.running.breaker import Patience
from evals.running.budget import Prices, RunLimits
from evals.running.capacity import Fixed
from evals.running.folder import RunFolder
from evals.running.kit import Kit
from evals.running.launch import Launch
from evals.running.local import LocalExecutor
from evals.running.reading import Run, read_run
from evals.running.records import AttemptEnded, AttemptStarted, JournalEvent, RunEnded
from evals.running.request import RunRequest
from evals.running.watcher import Nobody, Watcher

QUICK = Patience(first_wait_s=0.01, most_wait_s=0.05, give_up_s=20.0)


@dataclass
class TinyRun:
    """`go` begins the run, and each later call goes on with it."""

    root: Path
    number: int = 3
    model: str = "gold"
    workers: int = 2
    samples: int = 1
    tries: int = 1
    grade: bool = True
    limits: RunLimits = RunLimits()
    patience: Patience = QUICK
    prices: Prices = Prices()
    gpus: int = 0
    watcher: Watcher = Nobody()
    flags: dict[str, object] = field(default_factory=dict)
    new_preparer: Callable[[Loaded], Preparer] = TinyPreparer
    new_grader: Callable[[Loaded], Grader] = TinyGrader
    executor: Callable[[Kit], Executor] | None = None

    def __post_init__(self) -> None:
        names = ("a", "b")
        repositories = [path if (path := self.root / name).exists() else make_repository(path) for name in names]
        self.instances: Sequence[Instance] = tiny_instances(repositories, self.number)
        self.request = RunRequest(
            dataset="tiny",
            samples=self.samples,
            tries=self.tries,
            grade=self.grade,
            limits=self.limits,
            prices=self.prices,
        )
        self.folder = RunFolder(self.root / "run")

    def go(self) -> RunEnded:
        if not self.folder.request.exists():
            new_run(self.root, self.folder.path, self.request, self.instances)
        return asyncio.run(self.launch().go())[0]

    def launch(self) -> Launch:
        kit = Kit(settings(model__name=self.model, **self.flags), self.new_preparer, self.new_grader, self.tries)
        return Launch(
            folder=self.folder,
            request=self.request,
            instances=self.instances,
            executor=self.executor(kit) if self.executor else self._local(kit),
            watcher=self.watcher,
            gpus=self.gpus,
            patience=self.patience,
        )

    def _local(self, kit: Kit) -> Executor:
        return LocalExecutor(kit, self.folder.prepared, Fixed(self.workers))

    def read(self) -> Run:
        return read_run(self.folder)

    def events(self) -> list[JournalEvent]:
        return [line.event for line in self.read().lines]

    def ends(self) -> list[AttemptEnded]:
        return [event for event in self.events() if isinstance(event, AttemptEnded)]


def verdicts(run: Run) -> dict[tuple[str, int], bool | None]:
    """What counts of each sample."""
    return {(result.instance_id, result.sample): result.resolved for result in run.results}


def assert_whole(run: Run) -> None:
    """Every sample has exactly one counted result with a verdict, and nothing was begun after it."""
    for result in run.results:
        assert result.state == "graded", f"{result.instance_id}: {result.state}"
        results = [attempt for attempt in result.attempts if attempt.is_result]
        assert len(results) == 1, f"{result.instance_id} has {len(results)} results"
        assert result.attempts[-1] is results[0], f"{result.instance_id} was begun again after its result"
    assert [line.n for line in run.lines] == list(range(len(run.lines)))


def starts(events: Iterable[JournalEvent]) -> list[tuple[str, int, int]]:
    return [(e.instance_id, e.sample, e.attempt) for e in events if isinstance(e, AttemptStarted)]
