"""A run's patches are graded again: in new containers, or from the logs that were kept."""

from collections.abc import Iterator
from pathlib import Path

from evals.errors import EvalError
from evals.grading.base import Grade, Grader
from evals.grading.log import NAME
from evals.grading.verdict import judge
from evals.instances.base import Instance
from evals.running.folder import RunFolder
from evals.running.journal import Journal
from evals.running.reading import read_instances
from evals.running.records import AttemptGraded
from evals.running.results import AttemptRecord, attempts_of


class FromLogs:
    """Implements `Grader` without a container: judges the log of an earlier grading anew, for a parser that was
    mended or a row that was corrected. What a log cannot tell stays as the earlier grade said it."""

    def __init__(self, earlier: Grade | None) -> None:
        self._earlier = earlier

    def grade(self, instance: Instance, patch: bytes, folder: Path) -> Grade:
        earlier, log = self._earlier, folder / NAME
        if earlier is None or not log.is_file():
            if patch.strip():
                raise EvalError(
                    f"{instance.instance_id} has no log of its tests in {folder}; grade it without --logs."
                )
            return Grade(instance_id=instance.instance_id, resolved=False, reason="no patch")
        if earlier.reason == "timed out" or (earlier.reason == "no result" and earlier.fail_to_pass.passed):
            return earlier  # the clock and the canary are not in the log
        verdict = judge(instance, log)
        return earlier.model_copy(
            update={
                "resolved": verdict.reason == "resolved",
                "reason": verdict.reason,
                "fail_to_pass": verdict.fail_to_pass,
                "pass_to_pass": verdict.pass_to_pass,
            }
        )


def regrade(folder: RunFolder, grader: Grader | None) -> Iterator[Grade]:
    """Grade every attempt that is a result, and append its verdict to the journal; `grader` None goes by the logs.

    Raises EvalError, and EvalInfrastructure: what was graded before is in the journal then.
    """
    instances = read_instances(folder.instances)
    journal = Journal(folder)
    try:
        for attempts in attempts_of(journal.lines).values():
            for attempt in attempts:
                if attempt.is_result:
                    grade = _graded(folder, instances, attempt, grader or FromLogs(attempt.grade))
                    journal.append(AttemptGraded(sample=attempt.sample, attempt=attempt.attempt, grade=grade))
                    yield grade
    finally:
        journal.close()


def _graded(folder: RunFolder, instances: dict[str, Instance], attempt: AttemptRecord, grader: Grader) -> Grade:
    instance = instances.get(attempt.instance_id)
    if instance is None:
        raise EvalError(f"The run {folder.id} has no row of {attempt.instance_id} in {folder.instances}.")
    where = (attempt.instance_id, attempt.sample, attempt.attempt)
    path = folder.patch(*where)
    return grader.grade(instance, path.read_bytes() if path.is_file() else b"", folder.attempt(*where))
