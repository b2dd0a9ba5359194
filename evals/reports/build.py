"""A run folder becomes a report."""

from datetime import UTC, datetime

from evals.errors import EvalError
from evals.manifest import Manifest, read_manifest
from evals.reports.endings import endings_of
from evals.reports.model import Report
from evals.reports.network import network_of
from evals.reports.rates import groups_of, passes_of, rate_of
from evals.reports.rows import rows_of
from evals.reports.spending import acceptance_of, spending_of, wasted_on
from evals.running.reading import Run
from evals.running.records import GradingFailed
from evals.running.results import Key


def build_report(run: Run) -> Report:
    """Reads every session of the run once. Whatever the run has not come to yet is told as such."""
    rows = tuple(rows_of(run))
    manifest = _manifest(run)
    return Report(
        run=run.id,
        folder=str(run.folder.path),
        model=manifest.model.name if manifest else "",
        dataset=manifest.dataset.name if manifest else "",
        state=_state(run),
        started_at=run.lines[0].at if run.lines else 0.0,
        working_seconds=run.working_seconds(run.lines[-1].at) if run.lines else 0.0,
        resumes=sum(start.resumed for start in run.starts),
        instances=len({row.instance_id for row in rows}),
        samples=run.samples,
        resolved=rate_of(rows),
        without_marked=rate_of(rows, marked_count=False),
        marked=sum(bool(row.marks) for row in rows),
        pass_at=passes_of(rows, run.samples),
        repositories=groups_of(rows, lambda row: row.repository),
        difficulties=groups_of(rows, lambda row: row.difficulty),
        spending=spending_of(rows),
        acceptance=acceptance_of(rows),
        wasted=wasted_on(run.results),
        endings=endings_of(rows, run.results, _ungraded(run)),
        network=network_of(run),
        rows=rows,
    )


def _ungraded(run: Run) -> dict[Key, str]:
    """Why a patch could not be graded, by the last word on it."""
    events = (line.event for line in run.lines)
    return {
        (event.instance_id, event.sample): event.infrastructure or event.detail
        for event in events
        if isinstance(event, GradingFailed)
    }


def _manifest(run: Run) -> Manifest | None:
    try:
        return read_manifest(run.folder.manifest)
    except EvalError:  # a report needs none
        return None


def _state(run: Run) -> str:
    ended = run.ended
    if ended is None:
        last = datetime.fromtimestamp(run.lines[-1].at, UTC) if run.lines else None
        return f"unfinished, last heard of {last:%Y-%m-%d %H:%M} UTC" if last else "not begun"
    return f"{ended.reason}: {ended.detail}" if ended.detail else ended.reason
