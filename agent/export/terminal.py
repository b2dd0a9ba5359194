"""A whole session on a terminal, or through a pipe: what the HTML page tells, as lines of text."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agent.events import Record
from agent.export.summary import Summary, summarize
from agent.export.table import STYLES
from agent.export.unified import parse_diff
from agent.export.words import duration, local_moment, plural, short_count

if TYPE_CHECKING:
    from rich.console import Console

    from agent.screen.transcript import Lines


def show(records: Iterable[Record], console: "Console", *, whole: bool = False) -> None:
    """Print the session. Long thinking and output is cut to head and tail unless `whole`. Raises SessionError if
    the records have no beginning."""
    # Here, because the transcript prints with this package's words: each can then be imported first.
    from agent.screen.transcript import Lines, Transcript

    every = tuple(records)
    lines, transcript = Lines(console), Transcript(console, whole=whole)
    summary = summarize(every)
    _header(lines, summary)
    for record in every:
        transcript.show(record.event)
    _ending(lines, summary)


def _header(lines: "Lines", summary: Summary) -> None:
    start, totals, outcome = summary.started, summary.totals, summary.outcome
    lines.line(("mimosa " + start.command, "bold yellow"), "  ", (outcome.word, f"bold {STYLES[outcome.tone]}"))
    lines.prose(start.task, "bold")
    took = duration(summary.ended_at - summary.started_at)
    lines.fact("session", start.session)
    lines.fact("repository", start.repository + (f" at {start.commit[:12]}" if start.commit else ""))
    lines.fact("model", start.model)
    lines.fact("sandbox", start.sandbox)
    lines.fact("when", f"{local_moment(summary.started_at)}, took {took}")
    share = f" ({totals.cached / totals.read:.0%} cached)" if totals.read else ""
    cost = f"{plural(totals.steps, 'step')}, {short_count(totals.read)} tokens read{share}, "
    cost += f"{short_count(totals.written)} written, {duration(totals.model_seconds)} model, "
    lines.fact("cost", cost + f"{duration(totals.tool_seconds)} tools")


def _ending(lines: "Lines", summary: Summary) -> None:
    ended = summary.ended
    if ended is None:
        return
    if ended.summary.strip():
        lines.title("Summary")
        lines.prose(ended.summary)
    if ended.patch.strip():
        lines.title("Patch", plural(len(parse_diff(ended.patch)), "file"))
        lines.diff(ended.patch)
