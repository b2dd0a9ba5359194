"""A run's folder, made or found again, up to the point where work can begin."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import MIMOSA_ERRORS
from agent.export.summary import summarize
from agent.log import read_log
from agent.store import new_id
from evals.errors import EvalError
from evals.instances.base import Instance
from evals.running.folder import RunFolder
from evals.running.journal import Journal
from evals.running.records import AttemptEnded, Cost, RunStarted
from evals.running.request import RunRequest
from evals.running.results import AttemptRecord, attempts_of
from evals.running.salvage import patch_name, salvage, session_of

_SAFE = re.compile(r"(?!\.)[\w.+@=-]{1,200}")


def new_run(runs: Path, output: Path | None, request: RunRequest, instances: Sequence[Instance]) -> RunFolder:
    """Make the folder of a new run: `output`, or one in `runs`. Raises EvalError."""
    for instance in instances:
        if not _SAFE.fullmatch(instance.instance_id):
            raise EvalError(
                f"The instance_id {instance.instance_id!r} cannot be a folder's name: "
                "use letters, digits and . _ - + @ = in it."
            )
    folder = RunFolder((output or runs / new_id(datetime.now(UTC))).absolute())
    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.path.iterdir()):
            how = "go on with it: --resume" if folder.journal.is_file() else "name an empty folder"
            raise EvalError(f"{folder.path} is not empty; {how}.")
        request.save(folder.request)
        rows = "".join(f"{instance.model_dump_json()}\n" for instance in instances)
        folder.instances.write_text(rows, encoding="utf-8")
    except OSError as error:
        raise EvalError(f"The run cannot be stored in {folder.path}: {error.strerror}.") from error
    return folder


def discard_unbegun(folder: RunFolder) -> None:
    """Remove what `new_run` made if nothing was ever begun: it would only look like a run."""
    if folder.journal.exists():
        return
    for path in (folder.request, folder.instances, folder.manifest):
        path.unlink(missing_ok=True)
    with suppress(OSError):  # the user's own folder, with files of theirs in it by now
        folder.path.rmdir()


def open_journal(folder: RunFolder, instances: int, samples: int) -> Journal:
    """The run's journal, with the start in it; attempts that a kill cut off are brought to their end, each patch
    salvaged. Raises EvalError, and EvalInfrastructure where the disk is full."""
    journal = Journal(folder)
    try:
        open_attempts = [
            attempt for made in attempts_of(journal.lines).values() for attempt in made if attempt.ended is None
        ]
        journal.append(
            RunStarted(run=folder.id, instances=instances, samples=samples, resumed=bool(journal.lines))
        )
        for attempt in open_attempts:
            journal.append(_cut_off(folder, attempt))
    except BaseException:
        journal.close()
        raise
    return journal


def _cut_off(folder: RunFolder, attempt: AttemptRecord) -> AttemptEnded:
    key = (attempt.instance_id, attempt.sample, attempt.attempt)
    place = folder.attempt(*key)
    try:
        patch = salvage(place)
    except (OSError, *MIMOSA_ERRORS):
        patch = None
    return AttemptEnded(
        instance_id=attempt.instance_id,
        sample=attempt.sample,
        attempt=attempt.attempt,
        outcome="interrupted",
        detail="the run was killed",
        patch=patch_name(*key) if patch else "",
        cost=_cost_of(place),
    )


def _cost_of(place: Path) -> Cost:
    """What the session's log tells, as far as it can be read."""
    session = session_of(place)
    if session is None:
        return Cost()
    try:
        summary = summarize(read_log(session))
    except MIMOSA_ERRORS:
        return Cost()
    totals = summary.totals
    return Cost(
        steps=totals.steps,
        prompt_tokens=totals.read,
        cached_tokens=totals.cached,
        completion_tokens=totals.written,
        seconds=round(summary.ended_at - summary.started_at, 3),
        model_seconds=round(totals.model_seconds, 3),
        tool_seconds=round(totals.tool_seconds, 3),
    )
