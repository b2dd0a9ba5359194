"""Writes one frame at once, so that a terminal never shows half of one."""

import contextlib
import os
import sys
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

# Synchronized output (DEC private mode 2026): terminals that know it show a frame whole, others ignore it.
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"


class FrameOutput(Vt100_Output):
    """Between `begin` and `end` nothing is written; then all of it in one go. The cursor's position is never asked
    for: the answer would come in between the keys."""

    def __init__(self, stdout: TextIO, *, term: str, color_depth: ColorDepth | None) -> None:
        super().__init__(
            stdout, self._measured, term=term, default_color_depth=color_depth, enable_bell=False, enable_cpr=False
        )
        self._framed = False

    def begin(self) -> None:
        self._framed = True
        self.write_raw(BEGIN)

    def end(self) -> None:
        self.write_raw(END)
        self._framed = False
        self.flush()

    def flush(self) -> None:
        if not self._framed:
            with contextlib.suppress(OSError):  # the terminal has gone; the end of its input tells
                super().flush()

    def erase_down(self) -> None:
        """All rows, each by itself: what is erased from the top of the screen down to its end counts for tmux as a
        screen to keep, and it would put the region into the scrollback. All, for who knows how many the region
        takes by now; on the last one the rest of them change nothing."""
        self.write_raw("\x1b7\x1b[K" + "\x1b[B\x1b[2K" * (self.get_size().rows - 1) + "\x1b8")

    def disable_bracketed_paste(self) -> None:
        if not self._framed:  # a paste that comes just now stays one
            super().disable_bracketed_paste()

    def _measured(self) -> Size:
        return size_of(self.stdout)


def size_of(stream: TextIO) -> Size:
    """Of the terminal behind `stream`; 24 rows of 80 where it does not say."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except OSError:  # it has gone
        columns, rows = 0, 0
    return Size(rows=rows or 24, columns=columns or 80)


def stdout() -> TextIO:
    assert sys.stdout is not None, "the chat is only opened on a terminal"
    return sys.stdout
