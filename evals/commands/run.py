"""`mimosa eval run` from the command line's options to its exit code."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from agent.commands.guard import tell, told
from agent.errors import INTERRUPTED
from agent.export.words import plural
from agent.fix.interrupts import Interrupts
from agent.state import state_folder
from evals.errors import EvalError, EvalInfrastructure
from evals.instances.base import Instance
from evals.instances.dataset import load_dataset
from evals.instances.selection import select
from evals.running.begin import discard_unbegun, new_run
from evals.running.folder import RunFolder
from evals.running.reading import find_run, read_instances
from evals.running.records import RunEnded
from evals.running.request import RunRequest
from evals.running.standing import Standing
from evals.running.start import Parts, Start

COMPLETE, DEFECTS, LIMIT, LATER = 0, 1, 4, 75


@dataclass(frozen=True)
class RunOptions:
    """The command line's options. `resume` names a run that goes on, with what `request` sets anew; else `request`
    is the whole of a new one."""

    request: RunRequest
    resume: str = ""
    output: Path | None = None


def run_eval(options: RunOptions, parts_for: Callable[[RunRequest], Parts]) -> int:
    """Run the command; returns the exit code. `parts_for` gives what prepares and grades."""
    interrupts = Interrupts(patience_s=0.5, go_on="`mimosa eval run --resume last` goes on from what was saved")
    with told():
        folder, request, instances = _begin(options)
        how = f"mimosa eval run --resume {quote(_name(folder))}"
        interrupts.go_on = f"`{how}` goes on from what was saved"
        try:
            start = Start(folder, request, instances, parts_for(request))
            end, standing = interrupts.run(start.go())
        except KeyboardInterrupt:
            tell(f"interrupted. Every patch so far is saved; go on with:\n  {how}")
            return INTERRUPTED
        except EvalInfrastructure as error:
            if not folder.journal.exists():
                raise
            tell(f"{error}\nEverything so far is saved. When that is put right, go on with:\n  {how}")
            return LATER
        finally:
            if not options.resume:
                discard_unbegun(folder)
        return _told_end(folder, end, standing, how)


def _begin(options: RunOptions) -> tuple[RunFolder, RunRequest, tuple[Instance, ...]]:
    """The run's folder, and what it is about. Raises EvalError."""
    runs = state_folder() / "runs"
    if not options.resume and not options.request.dataset:
        raise EvalError("Name what to run: mimosa eval run DATASET; or go on with a run: --resume last.")
    if not options.resume:
        instances = select(load_dataset(options.request.dataset), options.request.selection)
        return new_run(runs, options.output, options.request, instances), options.request, instances
    folder = find_run(options.resume, runs)
    instances = tuple(read_instances(folder.instances).values())
    if not instances:
        raise EvalError(f"The run {folder.id} has lost its rows, {folder.instances}; it cannot go on.")
    return folder, RunRequest.load(folder.request).changed_by(options.request), instances


def _told_end(folder: RunFolder, end: RunEnded, standing: Standing, how: str) -> int:
    print(f"run {folder.path}")
    if end.reason == "complete" and not standing.given_up:
        return COMPLETE
    left = standing.wanted - standing.finished + standing.given_up
    print(f"{plural(left, 'sample')} without a result; try again with: {how}")
    if end.reason == "limit":
        return LIMIT
    return DEFECTS if standing.defects else LATER


def _name(folder: RunFolder) -> str:
    """Short where the run lies with the others."""
    return folder.id if folder.path.parent == state_folder() / "runs" else str(folder.path)
