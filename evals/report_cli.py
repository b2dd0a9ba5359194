"""`mimosa eval report`, as it is typed."""

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
