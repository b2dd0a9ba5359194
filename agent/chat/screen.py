"""The screen: what was said is above, in the terminal's own scrollback; below it one live region."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

from prompt_toolkit.application.run_in_terminal import in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import Completer, ThreadedCompleter
from prompt_toolkit.data_structures import Size
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import Dimension, Layout
from prompt_toolkit.layout.containers import ConditionalContainer, Container, DynamicContainer, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.widgets import SearchToolbar

from agent.chat.composer.completer import completes
from agent.chat.composer.keys import Actions, keys_of
from agent.chat.composer.pastes import Pastes
from agent.chat.painting.ansi import Ansi, colors_of
from agent.chat.panel import LinePanel, ListPanel
from agent.chat.style import MARK, STYLE
from agent.chat.terminal.application import ChatApplication
from agent.chat.terminal.output import FrameOutput, stdout
from agent.chat.terminal.region import Region

LIVE_ROWS = 12
"""Rows of the live region at most, and never more than a third of the screen."""
INPUT_ROWS = 8
WAITING_ROWS = 3
MENU_ROWS = 7
DEPTHS = {
    None: ColorDepth.DEPTH_1_BIT,
    "standard": ColorDepth.DEPTH_4_BIT,
    "256": ColorDepth.DEPTH_8_BIT,
    "truecolor": ColorDepth.DEPTH_24_BIT,
}


class View(Protocol):
    """What the screen shows; asked at every drawing, so it has to be quick."""

    def live(self, rows: int) -> list[str]:
        """What goes on now: lines with colour codes, at most `rows`."""
        ...

    def waiting(self) -> list[str]:
        """Messages that wait for the agent."""
        ...

    def status(self, columns: int) -> StyleAndTextTuples: ...

    def mode(self) -> str: ...


class Screen:
    def __init__(self, view: View, actions: Actions, completer: Completer, history: History) -> None:
        self.pastes = Pastes()
        self.buffer = Buffer(
            completer=ThreadedCompleter(completer),
            complete_while_typing=Condition(lambda: completes(self.buffer.document.text_before_cursor)),
            history=history,
            multiline=True,
            tempfile_suffix=".md",
            enable_history_search=False,
        )
        self._view = view
        self._colors = colors_of()
        self._panel: ListPanel | LinePanel | None = None
        self._hint = ""
        self._floor = 0
        self._live: list[str] = []
        self._live_parts: StyleAndTextTuples = []
        self._stale = True
        self._drawn_for = Size(0, 0)
        self._search = SearchToolbar(
            text_if_not_searching="", forward_search_prompt="search: ", backward_search_prompt="search back: "
        )
        self._input = self._input_window()
        output = FrameOutput(stdout(), term=os.environ.get("TERM", ""), color_depth=DEPTHS[self._colors])
        self.app = ChatApplication(
            output,
            self._measure,
            Layout(self._layout(), focused_element=self._input),
            self._keys(actions),
            STYLE,
            DEPTHS[self._colors],
        )

    @property
    def columns(self) -> int:
        return self.app.output.get_size().columns

    @property
    def rows(self) -> int:
        return self.app.output.get_size().rows

    @property
    def typing(self) -> bool:
        """Whether something stands in the input line."""
        return bool(self.buffer.text)

    def ansi(self) -> Ansi:
        return Ansi(self.columns, self._colors)

    def print(self, text: str) -> None:
        """Print whole lines into the scrollback."""
        self._stale = True
        self._floor = max(0, self._floor - text.count("\n"))
        self.app.print_above(text)

    def settle(self) -> None:
        """Nothing goes on: the region may become small again."""
        self._floor = 0
        self.tick()

    def tick(self) -> None:
        """What goes on has gone on: the live region is drawn anew."""
        self._stale = True
        self.app.invalidate()

    def hint(self, words: str) -> None:
        self._hint = words
        self.app.invalidate()

    async def choose(self, panel: ListPanel) -> int | None:
        """Ask; None if nothing was chosen."""
        with self._showing(panel):
            return await panel.answer

    async def line(self, panel: LinePanel) -> str | None:
        with self._showing(panel):
            return await panel.answer

    @asynccontextmanager
    async def given_away(self) -> AsyncIterator[None]:
        """Another program has the terminal; what is printed meanwhile waits."""
        async with in_terminal():
            self.app.paused = True
            try:
                yield
            finally:
                self.app.paused = False

    @contextmanager
    def _showing(self, panel: ListPanel | LinePanel) -> Iterator[None]:
        self._put(panel)
        try:
            yield
        finally:
            self._put(None)

    def _put(self, panel: ListPanel | LinePanel | None) -> None:
        """Show a panel and give it the keys, or take it away."""
        self._panel = panel
        self.app.layout.focus(panel.focus if panel else self._input)
        self.app.invalidate()

    def _measure(self) -> None:
        """How high the live region is in this frame. While the agent works it does not become smaller but by what
        was printed above it, so that the input line stays where it is. A frame that only echoes a key takes it
        as it was: drawing it would take longer than all the rest."""
        size = self.app.output.get_size()
        if size == self._drawn_for and not self._stale:
            return
        most = max(3, min(LIVE_ROWS, size.rows // 3))
        live = self._view.live(most)
        if live != self._live:
            self._live, self._live_parts = live, to_formatted_text(ANSI("\n".join(live)))
        self._floor = min(most, max(self._floor, len(live))) if live else 0
        self._drawn_for, self._stale = size, False  # after it, for what is looked at may print some of itself

    def _live_text(self) -> AnyFormattedText:
        return self._live_parts

    def _input_window(self) -> Window:
        return Window(
            BufferControl(self.buffer, search_buffer_control=self._search.control, preview_search=True),
            height=Dimension(min=1, max=INPUT_ROWS),
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=lambda line, wrap: [("class:prompt", f"{MARK} " if line == 0 and wrap == 0 else "  ")],
        )

    def _layout(self) -> Container:
        live = Window(
            FormattedTextControl(self._live_text),
            height=lambda: Dimension.exact(self._floor),
            wrap_lines=False,
        )
        return Region(
            [
                ConditionalContainer(live, Condition(lambda: self._floor > 0)),
                ConditionalContainer(
                    Window(FormattedTextControl(self._waiting_text), dont_extend_height=True),
                    Condition(lambda: bool(self._view.waiting())),
                ),
                Window(char="─", height=1, style=self._rule_style),
                DynamicContainer(self._panel_container),
                ConditionalContainer(self._input, Condition(lambda: self._panel is None)),
                self._search,
                CompletionsMenu(max_height=MENU_ROWS, scroll_offset=1),
                Window(FormattedTextControl(self._status_text), height=1),
                Window(),  # takes the rows that are left where the region was higher before
            ],
            parks=lambda: self._floor > 0,
        )

    def _panel_container(self) -> Container:
        return self._panel.container if self._panel else Window(height=0)

    def _rule_style(self) -> str:
        return f"class:rule.{self._view.mode()}"

    def _waiting_text(self) -> StyleAndTextTuples:
        waiting = self._view.waiting()
        width = max(10, self.columns - 12)
        shown: StyleAndTextTuples = []
        for text in waiting[-WAITING_ROWS:]:
            line = " ".join(text.split())
            line = line if len(line) <= width else f"{line[: width - 1]}…"
            shown.append(("class:waiting", f"{chr(10) if shown else ''}waiting: {line}"))
        return shown

    def _status_text(self) -> StyleAndTextTuples:
        if self._hint:
            return [("class:placeholder", self._hint)]
        return self._view.status(self.columns - 1)

    def _keys(self, actions: Actions) -> KeyBindings:
        self.buffer.on_text_changed += self._typed
        return keys_of(self.buffer, actions, self.pastes)

    def _typed(self, _sender: object) -> None:
        self._hint = ""
