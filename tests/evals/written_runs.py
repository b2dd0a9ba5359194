"""Run folders as a runner leaves them, written line by line: the tests say what happened, and when."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from evals.grading.base import Grade, Reason
from evals.instances.base import Instance
from evals.running.folder import RunFolder
from evals.running.records import (
    AttemptEnded,
    AttemptGraded,
    AttemptStarted,
    Cost,
    JournalEvent,
    JournalLine,
    Outcome,
    RunEnded,
    RunStarted,
)

START = 1_795_000_000.0


def instance(instance_id: str, **changes: object) -> Instance:
    values: dict[str, object] = {
        "instance_id": instance_id,
        "repo": instance_id.rpartition("-")[0].replace("__", "/"),
        "base_commit": "0" * 40,
        "problem_statement": f"Something is wrong with {instance_id}.",
        "patch": "",
        "test_patch": "",
        "FAIL_TO_PASS": ["tests/test_it.py::test_new"],
        "PASS_TO_PASS": ["tests/test_it.py::test_old"],
    }
    return Instance.model_validate(values | changes)


@dataclass
class WrittenRun:
    """A run that is being written: each line comes `pause` seconds after the one before."""

    path: Path
    instances: tuple[Instance, ...]
    samples: int = 1
    pause: float = 10.0
    now: float = START
    lines: list[JournalLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        rows = "".join(row.model_dump_json() + "\n" for row in self.instances)
        self.folder.instances.write_text(rows, encoding="utf-8")
        self.start()

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.path)

    def say(self, event: JournalEvent, wait: float | None = None) -> None:
        if self.lines:
            self.now += self.pause if wait is None else wait
        line = JournalLine(n=len(self.lines), at=self.now, event=event)
        self.lines.append(line)
        with self.folder.journal.open("ab") as journal:
            journal.write(line.model_dump_json().encode() + b"\n")

    def start(self, *, resumed: bool = False, wait: float | None = None) -> None:
        count = len(self.instances)
        event = RunStarted(run=self.path.name, instances=count, samples=self.samples, resumed=resumed)
        self.say(event, wait)

    def begin(self, instance_id: str, sample: int = 1, attempt: int = 1) -> None:
        self.say(AttemptStarted(instance_id=instance_id, sample=sample, attempt=attempt, worker="local-1"))

    def end(
        self,
        instance_id: str,
        outcome: Outcome = "finished",
        sample: int = 1,
        attempt: int = 1,
        cost: Cost | None = None,
        **more: str,
    ) -> None:
        paid = cost or Cost(
            steps=10, prompt_tokens=50_000, cached_tokens=45_000, completion_tokens=2_000, seconds=60
        )
        self.say(
            AttemptEnded(
                instance_id=instance_id, sample=sample, attempt=attempt, outcome=outcome, cost=paid, **more
            )
        )

    def grade(self, instance_id: str, reason: Reason = "resolved", sample: int = 1, attempt: int = 1) -> None:
        grade = Grade(instance_id=instance_id, resolved=reason == "resolved", reason=reason)
        self.say(AttemptGraded(sample=sample, attempt=attempt, grade=grade))

    def solve(self, instance_id: str, reason: Reason = "resolved", sample: int = 1, **more: object) -> None:
        """An attempt from its start to its verdict."""
        self.begin(instance_id, sample)
        self.end(instance_id, sample=sample, **more)  # type: ignore[arg-type] # passed on as they are
        self.grade(instance_id, reason, sample)

    def finish(self) -> None:
        self.say(RunEnded(reason="complete"))

    def tear(self) -> None:
        """What a `kill -9` in the middle of a write leaves."""
        with self.folder.journal.open("ab") as journal:
            journal.write(json.dumps({"n": len(self.lines), "at": self.now}).encode()[:-3])
