"""A report on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table as Drawn
from rich.text import Text

from agent.export.visible import visible
from evals.reports.model import Comparison, Report
from evals.reports.tables import Table, comparison_table, facts, headline, tables_of


def show(console: Console, reports: Sequence[Report], comparisons: Sequence[Comparison] = ()) -> None:
    for report in reports:
        console.print(Text(visible(headline(report)), style="bold"))
        for name, value in facts(report):
            if value.strip():
                console.print(Text(f"  {name:11}{visible(value)}", style="dim"))
        for table in tables_of(report):
            _draw(console, table)
        console.print()
    for found in comparisons:
        _draw(console, comparison_table(found))


def _draw(console: Console, table: Table) -> None:
    console.print()
    console.print(Text(table.title, style="bold"))
    if table.rows:
        drawn = Drawn(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for column in table.columns:
            right = column.startswith(">")
            drawn.add_column(column.removeprefix(">"), justify="right" if right else "left", overflow="fold")
        for row in table.rows:
            drawn.add_row(*(Text(visible(cell).replace("\n", " ")) for cell in row))
        console.print(drawn)
    if table.note:
        console.print(Text(table.note, style="dim"))
