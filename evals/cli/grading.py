"""`mimosa eval grade`, `validate` and `predictions`."""

from pathlib import Path
from typing import Annotated

import typer

from evals.cli.options import Dataset, Filter, Ids, Repos, RunName, Slice, Wheelhouse


def grade(
    run: RunName,
    logs: Annotated[bool, typer.Option("--logs", help="Judge the logs that were kept; run nothing.")] = False,
    repos: Repos = None,
    wheelhouse: Wheelhouse = None,
) -> None:
    """Grade a run's patches again, in new containers or from their logs."""
    from evals.commands.grade import run_grade

    raise typer.Exit(run_grade(run, logs, repos, wheelhouse))


def validate(
    dataset: Dataset,
    ids: Ids = "",
    filter: Filter = "",
    slice: Slice = "",
    repos: Repos = None,
    wheelhouse: Wheelhouse = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for logs and results; what is in it is not run again.")
    ] = Path("validation"),
) -> None:
    """Check that each gold patch resolves its instance and the empty patch does not, twice each."""
    from evals.commands.images import Wanted
    from evals.commands.validate import run_validate

    raise typer.Exit(run_validate(Wanted.of(dataset, ids, filter, slice, repos, wheelhouse), output))


def predictions(
    run: RunName,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder to write to.")] = None,
    sample: Annotated[int, typer.Option(min=1, help="Which sample of each instance.")] = 1,
    rows: Annotated[
        bool, typer.Option("--rows", help="Also rows.jsonl: the instances as the official command needs them.")
    ] = False,
    repos: Repos = None,
    wheelhouse: Wheelhouse = None,
) -> None:
    """Write a run's patches and verdicts in SWE-bench's own formats."""
    from evals.commands.predictions import run_predictions

    raise typer.Exit(run_predictions(run, output, sample, rows, repos, wheelhouse))
