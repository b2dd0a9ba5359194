"""A run on a terminal: results scroll by, and a region under them shows what goes on now."""

from math import ceil
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.control import Control
from rich.progress_bar import ProgressBar
from rich.segment import ControlType, Segment
from rich.table import Table
from rich.text import Text

from agent.export.words import duration
from evals.running.base import Done, News
from evals.running.records import RunEnded
from evals.running.standing import Standing
from evals.screen.words import (
    DIM,
    WARNING,
    pace_in_words,
    resolved_in_words,
    rows_in_words,
    time_in_words,
    told_of,
)

if TYPE_CHECKING:
    from rich.live import Live

REFRESHES_PER_SECOND = 4
MOST_ROWS = 12
"""Running instances that are shown, where the terminal is high enough for so many."""
OTHER_ROWS = 8
"""Lines of the terminal that are left to everything else."""


class TerminalWatcher:
    """Leaves nothing of its region behind."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    def began(self, standing: Standing) -> None:
        from rich.live import Live

        going_on = f"; {standing.finished} are done already" if standing.finished else ""
        self.says(f"run {standing.run}: {standing.wanted} to do{going_on}")
        self._live = Live(
            Region(standing, self._console),
            console=self._console,
            transient=True,
            refresh_per_second=REFRESHES_PER_SECOND,
        )
        self._live.start()

    def heard(self, news: News, standing: Standing) -> None:
        """The region shows it: it reads `standing` at each drawing."""

    def done(self, done: Done, standing: Standing) -> None:
        if told := told_of(done, standing):
            line = Text.assemble((f"{told.verdict:<12} ", told.style), told.name, (f"  {told.detail}", DIM))
            line.truncate(self._console.width, overflow="ellipsis")
            self._console.print(line)

    def says(self, words: str) -> None:
        self._console.print(words, markup=False, highlight=False, soft_wrap=True)

    def ended(self, end: RunEnded, standing: Standing) -> None:
        self.close()
        self.says(f"{resolved_in_words(standing)} in {duration(standing.seconds)}")
        if end.detail:
            self.says(f"{end.reason}: {end.detail}")

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


class Region:
    """Drawn anew a few times a second from the standing as it is then; never wider or higher than the terminal."""

    def __init__(self, standing: Standing, console: Console) -> None:
        self._standing = standing
        self._console = console
        self._widths: list[int] = []
        """Of the lines that were drawn last, in columns."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        if wrapped := sum(ceil(drawn / width) - 1 for drawn in self._widths if drawn):
            # The terminal has become narrower, and has broken these lines in two: Live does not know of the rows
            # above the ones that it drew.
            yield Control(*((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)) * wrapped)
        lines = console.render_lines(self._group(), options, pad=False)
        self._widths = [Segment.get_line_length(line) for line in lines]
        yield self._group()

    def _group(self) -> Group:
        standing = self._standing
        lines = [self._bar(), self._line(pace_in_words(standing), DIM)]
        if standing.pause:
            lines.append(self._line(standing.pause, WARNING))
        if standing.stopping:
            lines.append(self._line("stopping; what runs saves its patch", WARNING))
        return Group(*lines, *self._rows())

    def _bar(self) -> Table | Text:
        standing = self._standing
        words = f"{standing.finished}/{standing.wanted}  {resolved_in_words(standing)}  {time_in_words(standing)}"
        width = self._console.width
        if width < len(words) + 12:
            return self._line(words, "bold")
        grid = Table.grid(padding=(0, 2))
        room = min(24, width - len(words) - 4)
        bar = ProgressBar(total=max(standing.wanted, 1), completed=standing.finished, width=room)
        grid.add_row(bar, Text(words, style="bold", no_wrap=True))
        return grid

    def _rows(self) -> list[Text]:
        room = max(0, min(MOST_ROWS, self._console.height - OTHER_ROWS))
        under_way = rows_in_words(self._standing)
        named = under_way[:room]
        width = min(max((len(name) for name, _ in named), default=0), self._console.width // 2)
        rows = [self._line(f"  {_fitted(name, width)}  {words}", DIM) for name, words in named]
        if len(under_way) > room > 0:
            rows.append(self._line(f"  and {len(under_way) - room} more", DIM))
        return rows

    def _line(self, words: str, style: str) -> Text:
        line = Text(words, style=style, no_wrap=True, overflow="ellipsis")
        line.truncate(self._console.width, overflow="ellipsis")
        return line


def _fitted(name: str, width: int) -> str:
    """The end of an instance's id tells more than its beginning."""
    return name.ljust(width) if len(name) <= width else f"…{name[len(name) - width + 1 :]}"
