"""A prompt_toolkit application that prints above itself, and that survives a resize."""

from collections.abc import Callable

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import Layout
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle

from agent.chat.terminal.output import FrameOutput
from agent.chat.terminal.reflow import breaks_lines_anew, lengths_of, rows_up

KEY_SEQUENCE_S = 0.15
"""How long Esc waits for a second key (Alt-Enter is Esc, Enter)."""
ESCAPE_S = 0.06
"""How long an escape byte waits for the rest of its key; an arrow key over a slow line comes in pieces."""


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
        self._columns = output.get_size().columns
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
        screen = self.renderer.last_rendered_screen
        self._frames.rows = screen.height if screen else 1
        if self.output.get_size().columns != self._columns:  # the signal that tells of it is still on its way
            self._erase_resized()
        if self._pending:
            self.renderer.erase()
            self._frames.write_raw("".join(self._pending).replace("\n", "\r\n"))
            self._pending.clear()

    def _end_frame(self, _sender: object) -> None:
        self._frames.end()

    def _on_resize(self) -> None:
        """Replaces prompt_toolkit's, which erases from where the region began before the lines were broken anew,
        and so leaves pieces of it behind."""
        if not self.paused:
            self._erase_resized()
            self._redraw()

    def _erase_resized(self) -> None:
        size = self.output.get_size()
        self._columns = size.columns
        screen = self.renderer.last_rendered_screen
        self._frames.rows = size.rows  # pieces of broken lines may stand anywhere below
        if screen is not None and self._anew:
            cursor = screen.get_cursor_position(self.layout.current_window)
            rows = rows_up(lengths_of(screen, cursor.y), cursor.x, size.columns)
            self.output.cursor_up(max(0, rows - cursor.y))
            # prompt_toolkit goes up by cursor.y, and that is all that is left.
        self.renderer.erase(leave_alternate_screen=False)
