"""`mimosa eval report`, `export` and `rerun`, as they are typed."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    runs: Annotated[
        list[str], typer.Argument(help="Runs: folders, ids, or `last`. Others are compared to the first.")
    ],
    md: Annotated[bool, typer.Option("--md", help="Print markdown.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, each attempt among it.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write one page to this file, the sessions beside it.")] = None,
    pages: Annotated[
        bool, typer.Option("--sessions/--no-sessions", help="Whether --html writes the sessions' pages.")
    ] = True,
) -> None:
    """Tell what runs came to: on the terminal, as markdown, as JSON, as a page."""
    from evals.commands.report import ReportRequest, run_report

    raise typer.Exit(run_report(ReportRequest(tuple(runs), md, json, html, pages)))


def export(
    run: Annotated[str, typer.Argument(help="A run: its folder, its id, or `last`.")],
    atif: Annotated[Path, typer.Option(help="Folder for the trajectories, in the interchange format ATIF.")],
) -> None:
    """Export the trajectories of a run for other tools."""
    from evals.commands.export import run_export

    raise typer.Exit(run_export(run, atif))


def rerun(
    manifest: Annotated[str, typer.Argument(help="A manifest.json, a run's folder, its id, or `last`.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what has changed since; 3 if it matters.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder of the new run.")] = None,
) -> None:
    """Make the run of a manifest once more, and tell first what is other now."""
    from evals.commands.rerun import run_rerun

    raise typer.Exit(run_rerun(manifest, output, check=check))
