"""Where the live region begins after the terminal became narrower.

Most terminals break lines anew when they get narrower, so what was drawn in one row stands in several, and the
cursor is further down than before. xterm, the Linux console and GNU screen cut the lines off instead.
"""

import os
from collections.abc import Mapping, Sequence

from prompt_toolkit.layout.screen import Screen


def breaks_lines_anew(environment: Mapping[str, str] = os.environ) -> bool:
    if environment.get("TMUX"):
        return True
    cuts_off = environment.get("XTERM_VERSION") or environment.get("STY") or environment.get("TERM") == "linux"
    return not cuts_off


def is_tmux(environment: Mapping[str, str] = os.environ) -> bool:
    return bool(environment.get("TMUX")) or environment.get("TERM", "").startswith(("tmux", "screen"))


def rows_up(lengths: Sequence[int], cursor_x: int, columns: int) -> int:
    """How many rows the cursor is below the top of the region, in a terminal of `columns`. lengths: characters in
    each row above the cursor's."""
    return sum(max(1, -(-length // columns)) for length in lengths) + cursor_x // columns


def lengths_of(screen: Screen, rows: int) -> list[int]:
    """Characters in each of the first `rows` rows; what is blank at the end does not count."""
    lengths = []
    for y in range(rows):
        row = screen.data_buffer[y]
        lengths.append(max((x + 1 for x, cell in row.items() if cell.char != " "), default=0))
    return lengths
