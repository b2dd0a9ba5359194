"""The list of sessions: as a table that fits the terminal, as lines for a pipe, as JSON."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.export.summary import Summary, Tone
from agent.export.visible import visible
from agent.export.words import count, first_line, local_moment, short_count

if TYPE_CHECKING:
    from rich.console import JustifyMethod
    from rich.table import Table

STYLES: dict[Tone, str] = {"good": "green", "warning": "yellow", "bad": "red", "open": "cyan"}

_ROOM = {"steps": 72, "tokens": 80, "repository": 100, "command": 116, "model": 130, "when": 150}
"""The width of a terminal, in characters, from which a column is shown; the others always are."""


@dataclass(frozen=True)
class Listed:
    """One session of the list. `summary` is None where its log cannot be read, and `problem` says why."""

    session: str
    summary: Summary | None
    problem: str = ""


def sessions_table(listed: Iterable[Listed], width: int) -> "Table":
    """A rich table for a terminal of `width` columns: narrow ones get fewer columns, not broken ones."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    rows = [(entry, _cells(entry)) for entry in listed]
    columns = [name for name in _COLUMNS if width >= _ROOM.get(name, 0)]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    widest = {name: max(map(cell_len, (name, *(cells[name] for _, cells in rows)))) for name in columns}
    widths = {name: min(widest[name], _WIDEST.get(name, width)) for name in columns}
    others = sum(widths[name] + _GAP for name in columns if name != "task")
    widths["task"] = max(min(widest["task"], width - others), 8)
    for name in columns:
        side: JustifyMethod = "right" if name in ("steps", "tokens") else "left"
        table.add_column(name, justify=side, no_wrap=True, overflow="ellipsis", width=widths[name])
    for entry, cells in rows:
        row = [Text(cells[name]) for name in columns]
        tone = entry.summary.outcome.tone if entry.summary else "bad"
        row[columns.index("outcome")].stylize(STYLES[tone])
        table.add_row(*row)
    return table


def sessions_lines(listed: Iterable[Listed]) -> str:
    """One line a session with all columns, divided by tabs: for `cut`, `grep` and `sort`."""
    rows = (_cells(entry) for entry in listed)
    return "".join("\t".join(row[name].replace("\t", " ") for name in _COLUMNS) + "\n" for row in rows)


def sessions_json(listed: Iterable[Listed]) -> str:
    """A JSON array with one object a session; times are Unix times, seconds are seconds."""
    return json.dumps([_object(entry) for entry in listed], indent=2)


_COLUMNS = ("session", "when", "command", "outcome", "steps", "tokens", "task", "repository", "model")
_WIDEST = {"repository": 24, "model": 36}
"""Characters after which these are cut, to leave room for the task."""
_GAP = 2


def _cells(entry: Listed) -> dict[str, str]:
    summary = entry.summary
    if summary is None:
        problem = visible(first_line(entry.problem, 400))
        return dict.fromkeys(_COLUMNS, "") | {
            "session": visible(entry.session),
            "outcome": "broken",
            "task": problem,
        }
    start, totals = summary.started, summary.totals
    cells = {
        "session": entry.session,
        "when": local_moment(summary.started_at),
        "command": start.command,
        "outcome": summary.outcome.word,
        "steps": count(totals.steps),
        "tokens": short_count(totals.read + totals.written),
        "task": first_line(start.task, 400),
        "repository": Path(start.repository).name,
        "model": start.model,
    }
    return {name: visible(cell).replace("\n", " ") for name, cell in cells.items()}


def _object(entry: Listed) -> dict[str, object]:
    summary = entry.summary
    if summary is None:
        return {"session": entry.session, "outcome": "broken", "problem": entry.problem}
    start, totals = summary.started, summary.totals
    return {
        "session": entry.session,
        "started_at": summary.started_at,
        "ended_at": summary.ended_at,
        "command": start.command,
        "task": start.task,
        "repository": start.repository,
        "commit": start.commit,
        "model": start.model,
        "outcome": summary.outcome.word,
        "detail": summary.outcome.detail,
        "steps": totals.steps,
        "tokens_read": totals.read,
        "tokens_cached": totals.cached,
        "tokens_written": totals.written,
        "model_seconds": round(totals.model_seconds, 3),
        "tool_seconds": round(totals.tool_seconds, 3),
    }
