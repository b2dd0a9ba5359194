"""A report as markdown, for a pull request or a notebook."""

from collections.abc import Iterable, Sequence

from agent.export.visible import visible
from evals.reports.model import Comparison, Report
from evals.reports.tables import Table, comparison_table, facts, headline, tables_of


def markdown(reports: Sequence[Report], comparisons: Sequence[Comparison] = ()) -> str:
    parts = [_table(comparison_table(found), "##") for found in comparisons]
    for report in reports:
        parts.append(f"# {_plain(headline(report))}\n")
        parts.append("".join(f"- {name}: {_plain(value)}\n" for name, value in facts(report) if value.strip()))
        parts += [_table(table, "##") for table in tables_of(report)]
    return "\n".join(parts)


def _table(table: Table, level: str) -> str:
    lines = [f"{level} {_plain(table.title)}", ""]
    if table.rows:
        lines.append(_line(column.removeprefix(">") for column in table.columns))
        lines.append(_line("---:" if column.startswith(">") else ":---" for column in table.columns))
        lines += [_line(map(_plain, row)) for row in table.rows]
        lines.append("")
    if table.note:
        lines += [_plain(table.note), ""]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """A cell holds whatever a model said: nothing of it may be markup, or end the cell."""
    flat = " ".join(visible(text).split())
    for sign in "\\`*_[]<>|":
        flat = flat.replace(sign, f"\\{sign}")
    return flat
