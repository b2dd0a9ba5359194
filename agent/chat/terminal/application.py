"""A prompt_toolkit application that prints above itself, and that survives a resize."""

import asyncio
from collections.abc import Callable

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import Layout
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle

from agent.chat.terminal.output import FrameOutput
from agent.chat.terminal.reflow import breaks_lines_anew, is_tmux, lengths_of, rows_up

KEY_SEQUENCE_S = 0.15
"""How long Esc waits for a second key (Alt-Enter is Esc, Enter)."""
ESCAPE_S = 0.06
"""How long an escape byte waits for the rest of its key; an arrow key over a slow line comes in pieces."""

RESIZING_S = 0.5
"""A window that is drawn larger comes in many sizes, and tmux tells of four a second. So long nobody
knows how wide the terminal is, and nothing is drawn."""


class ChatApplication(Application[int]):
    """Prints go out in the frame that draws the region anew below them: one write. `prepare` is called
    before each frame, and may print."""

    def __init__(
        self,
        output: FrameOutput,
        prepare: Callable[[], None],
        layout: Layout,
        keys: KeyBindings,
        style: BaseStyle,
        depth: ColorDepth | None,
    ) -> None:
        super().__init__(
            layout=layout,
            key_bindings=keys,
            style=style,
            output=output,
            color_depth=depth,
            full_screen=False,
            erase_when_done=True,
            mouse_support=False,
            max_render_postpone_time=None,  # a stream keeps the loop busy, and a key would wait for it
        )
        self.timeoutlen, self.ttimeoutlen = KEY_SEQUENCE_S, ESCAPE_S
        self.paused = False
        self._frames = output
        self._prepare = prepare
        self._pending: list[str] = []
        self._preparing = False
        self._anew = breaks_lines_anew()
        self._tmux = is_tmux()
        self._begun = False
        self._size = output.get_size()
        self._resizing: asyncio.TimerHandle | None = None
        self.before_render += self._begin_frame
        self.after_render += self._end_frame

    def print_above(self, text: str) -> None:
        """Print whole lines into the scrollback. While something else has the terminal, they wait."""
        self._pending.append(text)
        if not self._preparing:
            self.invalidate()

    def flush(self) -> None:
        """Print now what waits."""
        if self.is_running and not self.paused:
            self._redraw()

    def _begin_frame(self, _sender: object) -> None:
        self._preparing = True
        try:
            self._prepare()
        finally:
            self._preparing = False
        self._frames.begin()
        self._to_the_last_row()
        if self._resizing:  # it is the last frame
            self._erase_resized()
        if self._pending or self._tmux:
            self.renderer.erase()  # in tmux a row counts as long as it ever was, until all of it is erased
        if self._pending:
            self._frames.write_raw("".join(self._pending).replace("\n", "\r\n"))
            self._pending.clear()

    def _to_the_last_row(self) -> None:
        """Before the first frame, without scrolling. tmux keeps blank rows at the bottom of the screen: lines that
        it breaks anew push as many out at the top, where nobody can erase them any more."""
        if self._tmux and not self._begun:
            self._frames.cursor_down(self.output.get_size().rows)
        self._begun = True

    def _end_frame(self, _sender: object) -> None:
        self._frames.end()

    def _redraw(self, render_as_done: bool = False) -> None:
        """Extends prompt_toolkit's, which draws at once for any size."""
        if self.output.get_size() != self._size:  # the signal that tells of it is still on its way
            self._on_resize()
        if render_as_done or not self._resizing:
            super()._redraw(render_as_done)

    def _on_resize(self) -> None:
        """Replaces prompt_toolkit's, which erases from where the region began before the lines were broken anew,
        and so leaves pieces of it behind."""
        self._size = self.output.get_size()
        if self._resizing:
            self._resizing.cancel()
        self._resizing = asyncio.get_running_loop().call_later(RESIZING_S, self._resized)

    def _resized(self) -> None:
        self._resizing = None
        if self.is_running and not self.paused:
            self._erase_resized()
            self._redraw()

    def _erase_resized(self) -> None:
        screen = self.renderer.last_rendered_screen
        if screen is not None and self._anew:
            cursor = screen.get_cursor_position(self.layout.current_window)
            rows = rows_up(lengths_of(screen, cursor.y), cursor.x, self._size.columns)
            self.output.cursor_up(max(0, rows - cursor.y))
            # prompt_toolkit goes up by cursor.y, and that is all that is left.
        self.renderer.erase(leave_alternate_screen=False)
