"""A run's samples as rows: the journal's result, the session's trajectory, the marks."""

from collections.abc import Iterator
from pathlib import Path

from agent.errors import SessionError
from agent.events import Record, Replied
from agent.log import read_log
from evals.instances.base import Instance
from evals.marks import Mark, scan
from evals.reports.broken import broken_calls
from evals.reports.model import Row
from evals.running.reading import Run
from evals.running.results import AttemptRecord, Result
from evals.running.salvage import session_of

UNCOUNTED = {
    "ungraded": "not graded yet",
    "failed": "failed in Mimosa",
    "infrastructure": "infrastructure",
    "interrupted": "interrupted",
    "unfinished": "unfinished",
    "waiting": "not begun",
}
"""How a sample without a verdict is called."""


def rows_of(run: Run) -> Iterator[Row]:
    """In the run's order. Reads the sessions' logs; one that is missing or damaged costs its trajectory alone."""
    for result in run.results:
        yield _row(run, result)


def _row(run: Run, result: Result) -> Row:
    instance = run.instances.get(result.instance_id)
    told = result.counted or (result.attempts[-1] if result.attempts else None)
    row = Row(
        instance_id=result.instance_id,
        sample=result.sample,
        repository=instance.repo if instance else result.instance_id.rpartition("-")[0].replace("__", "/"),
        difficulty=instance.difficulty if instance else "",
        state=result.state,
        ending=ending_of(result),
        resolved=result.resolved,
        attempts=len(result.attempts),
    )
    return row if told is None else row.model_copy(update=_of_attempt(run, told, instance))


def _of_attempt(run: Run, told: AttemptRecord, instance: Instance | None) -> dict[str, object]:
    folder = session_of(run.folder.attempt(told.instance_id, told.sample, told.attempt))
    records = _records(folder)
    found: dict[str, object] = {
        "attempt": told.attempt,
        "session": folder.relative_to(run.folder.path).as_posix() if folder and records else "",
        "context": tuple(
            record.event.usage.prompt_tokens for record in records if isinstance(record.event, Replied)
        ),
        "marks": _marks(run, told, records, instance),
        "broken_calls": broken_calls(records),
    }
    if told.ended is not None:
        found |= {"outcome": told.ended.outcome, "detail": told.ended.detail, "cost": told.ended.cost}
        found["ended_at"] = run.working_seconds(told.ended_at) if told.ended_at is not None else None
    if told.grade is not None:
        found["detail"] = told.grade.note or (told.ended.detail if told.ended else "")
        found["failed_tests"] = (*told.grade.fail_to_pass.failed, *told.grade.pass_to_pass.failed)
    return found


def _records(folder: Path | None) -> tuple[Record, ...]:
    try:
        return read_log(folder) if folder is not None else ()
    except SessionError:
        return ()


def _marks(
    run: Run, told: AttemptRecord, records: tuple[Record, ...], instance: Instance | None
) -> tuple[Mark, ...]:
    try:
        patch = run.folder.patch(told.instance_id, told.sample, told.attempt).read_text(
            encoding="utf-8", errors="replace"
        )
    except OSError:
        patch = ""
    return scan(records, patch=patch, instance=instance)


def ending_of(result: Result) -> str:
    """One word or two on how a sample ended: "resolved", "limit" where a limit stopped one that is not resolved,
    else the grader's reason; for one without a verdict what it waits for."""
    counted = result.counted
    if counted is None or counted.grade is None or counted.ended is None:
        return UNCOUNTED[result.state]
    if counted.grade.resolved:
        return "resolved"
    return "limit" if counted.ended.outcome == "limit" else counted.grade.reason
