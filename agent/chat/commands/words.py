"""How commands lay out what they tell."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def two_columns(rows: Iterable[tuple[str, str]]) -> "Table":
    """A name and what belongs to it."""
    from rich.table import Table
    from rich.text import Text

    from agent.export.visible import visible

    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan")
    table.add_column()
    for left, right in rows:
        table.add_row(Text(visible(left)), Text(visible(right)))
    return table
