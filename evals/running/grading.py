"""The grading of one patch, from a file to a line of the journal; it never raises an error."""

from agent.errors import MIMOSA_ERRORS
from evals.grading.base import Grade
from evals.running.base import Work
from evals.running.blocking import in_thread
from evals.running.failure import infrastructure_of
from evals.running.kit import Bench
from evals.running.records import AttemptGraded, GradingFailed
from evals.running.salvage import PATCH


async def grade(work: Work, bench: Bench) -> AttemptGraded | GradingFailed:
    """A patch that is empty needs no container. Raises CancelledError alone."""
    instance = work.instance
    path = work.folder / PATCH
    try:
        patch = path.read_bytes() if path.is_file() else b""
        if not patch.strip():
            return _graded(work, Grade(instance_id=instance.instance_id, resolved=False, reason="no patch"))
        grader = await bench.grader()
        return _graded(work, await in_thread(lambda: grader.grade(instance, patch, work.folder)))
    except Exception as error:  # broad: a verdict that could not be had is nobody's failure, and the run goes on
        return GradingFailed(
            instance_id=instance.instance_id,
            sample=work.sample,
            attempt=work.attempt,
            infrastructure=infrastructure_of(error),
            detail=str(error) if isinstance(error, MIMOSA_ERRORS) else f"{type(error).__name__}: {error}",
        )


def _graded(work: Work, grade: Grade) -> AttemptGraded:
    return AttemptGraded(sample=work.sample, attempt=work.attempt, grade=grade)
