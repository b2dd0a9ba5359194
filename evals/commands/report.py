"""`mimosa eval report`: what runs came to."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agent.commands.guard import told
from agent.errors import UsageError
from agent.state import state_folder
from evals.errors import EvalError
from evals.reports.build import build_report
from evals.reports.compare import compare
from evals.reports.model import Comparison, Report
from evals.running.reading import find_run, read_run

PIPE_WIDTH = 240


@dataclass(frozen=True)
class ReportRequest:
    """`html` is the page to write; with `pages` the sessions' pages are written beside it."""

    runs: tuple[str, ...]
    markdown: bool = False
    json: bool = False
    html: Path | None = None
    pages: bool = True


def run_report(request: ReportRequest) -> int:
    with told():
        if request.markdown and request.json:
            raise UsageError("--md and --json both write to standard output; give one of them.")
        folders = [find_run(name, state_folder() / "runs") for name in request.runs]
        reports = [build_report(read_run(folder)) for folder in folders]
        comparisons = [compare(reports[0], other) for other in reports[1:]]
        if request.html is not None:
            _write_page(request.html, reports, comparisons, pages=request.pages)
        if request.json:
            print(_json(reports, comparisons))
        elif request.markdown:
            from evals.reports.markdown import markdown

            sys.stdout.write(markdown(reports, comparisons))
        elif request.html is None:
            from evals.reports.terminal import show

            show(_console(), reports, comparisons)
    return 0


def _json(reports: Sequence[Report], comparisons: Sequence[Comparison]) -> str:
    return json.dumps(
        {
            "runs": [report.model_dump(mode="json") for report in reports],
            "comparisons": [found.model_dump(mode="json") for found in comparisons],
        },
        indent=1,
    )


def _write_page(
    target: Path, reports: Sequence[Report], comparisons: Sequence[Comparison], *, pages: bool
) -> None:
    from evals.reports.html.page import page
    from evals.reports.html.sessions import write_sessions

    try:
        links = write_sessions(target, reports) if pages else {}
        data = page(reports, comparisons, links).encode()
        target.write_bytes(data)
    except OSError as error:
        raise EvalError(f"{target} cannot be written: {error.strerror}.") from error
    beside = f", and {len(links)} sessions beside it" if links else ""
    print(f"{target}: {len(data):,} bytes{beside}", file=sys.stderr)


def _console() -> Console:
    """In a pipe nothing is folded: lines are for other programs."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPE_WIDTH)
