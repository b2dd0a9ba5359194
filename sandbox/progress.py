"""What a long preparation says while it goes on, and two ways to show it: a bar on a terminal, lines in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PIPE_STEP = 0.25
"""In a pipe a counted step prints a line each time it got this much further."""

STEP_WIDTH = 48
"""Letters of a step's text beside a bar; setup commands can be long."""


@dataclass(frozen=True)
class Progress:
    """One piece of news. `phase` is a short stable name of the whole ("base image", "setup"), `text` the step
    in it, `detail` the last line that the step printed. `done` of `total` counts within the phase; `total` is None
    where the end is not known, and then `done` means nothing."""

    phase: str
    text: str
    done: int = 0
    total: int | None = None
    detail: str = ""


Report = Callable[[Progress], None]
"""Receives progress, in order, on the thread that does the work."""


def silent(_news: Progress) -> None:
    """A report for whoever does not want to know."""


class PlainLines:
    """Prints a line when a step begins and when a count moved on by a quarter; details are left out."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._step = ("", "")
        self._share = 0.0

    def __call__(self, news: Progress) -> None:
        step = (news.phase, news.text)
        share = news.done / news.total if news.total else 0.0
        if step == self._step and share < self._share + PIPE_STEP:
            return
        if step != self._step:
            self._write(f"{news.phase}: {news.text}")
        else:
            self._write(f"{news.phase}: {news.text} ({share:.0%})")
        self._step, self._share = step, share


class BarOnTerminal:
    """One bar, of the phase that goes on; the step and its last printed line stand beside it."""

    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, news: Progress) -> None:
        if news.phase not in self._tasks:
            for task in self._tasks.values():
                self._bar.update(task, visible=False)
            self._tasks[news.phase] = self._bar.add_task(news.phase, total=None, words="")
        task = self._tasks[news.phase]
        words = f"{shortened(news.text)}  {news.detail.strip()}"
        self._bar.update(task, completed=news.done, total=news.total, words=words, visible=True)


def shortened(text: str) -> str:
    """`text` on one line of at most STEP_WIDTH letters."""
    text = " ".join(text.split())
    return text if len(text) <= STEP_WIDTH else f"{text[: STEP_WIDTH - 1]}…"


@contextmanager
def shown_on(console: "Console") -> Iterator[Report]:
    """A report that draws on `console`: a bar that vanishes when the work ends, or plain lines in a pipe."""
    if not console.is_terminal:
        yield PlainLines(lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))
        return

    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    columns = (
        TextColumn("{task.description}", style="bold", table_column=Column(no_wrap=True, min_width=10)),
        BarColumn(bar_width=20, table_column=Column(min_width=20)),
        TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7)),
        TextColumn("{task.fields[words]}", markup=False, table_column=Column(no_wrap=True, ratio=1)),
    )
    with Bar(*columns, console=console, transient=True, expand=True) as bar:
        yield BarOnTerminal(bar)
