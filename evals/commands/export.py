"""`mimosa eval export`: a run's trajectories for other tools."""

import sys
from pathlib import Path

from agent.commands.guard import told
from agent.errors import SessionError
from agent.export import export
from agent.export.words import plural
from agent.state import state_folder
from evals.errors import EvalError
from evals.running.folder import RunFolder
from evals.running.reading import find_run, read_run
from evals.running.salvage import session_of


def run_export(name: str, target: Path) -> int:
    """Write one ATIF file for each counted attempt into `target`, named after its instance and sample."""
    with told():
        folder = find_run(name, state_folder() / "runs")
        written, missing = _write_all(folder, target)
        if not written:
            raise EvalError(f"{folder.path} has no session to export yet.")
        left_out = f"; {plural(missing, 'sample')} without a readable session left out" if missing else ""
        print(f"{target}: {written} {'trajectory' if written == 1 else 'trajectories'}{left_out}", file=sys.stderr)
    return 0


def _write_all(folder: RunFolder, target: Path) -> tuple[int, int]:
    written = missing = 0
    for result in read_run(folder).results:
        if result.counted is None:
            continue
        data = _trajectory(folder.attempt(result.instance_id, result.sample, result.counted.attempt))
        if data is None:
            missing += 1
            continue
        file = target / f"{result.instance_id.replace('/', '_')}.{result.sample}.json"
        try:
            target.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except OSError as error:
            raise EvalError(f"{file} cannot be written: {error.strerror}.") from error
        written += 1
    return written, missing


def _trajectory(attempt: Path) -> bytes | None:
    """None where the attempt's session is missing or damaged."""
    session = session_of(attempt)
    try:
        return export(session, "atif") if session is not None else None
    except SessionError:
        return None
