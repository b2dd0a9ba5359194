"""A frame that is drawn before the signal of a resize comes: the terminal has broken the last one anew by then."""

import asyncio
import fcntl
import os
import pty
import struct
import termios

import pyte
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Point
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.styles import Style

from agent.chat.terminal.application import ChatApplication
from agent.chat.terminal.output import FrameOutput

WIDE, NARROW, ROWS = 80, 40, 24
NO_WRAP = b"\x1b[?7l"
LINES = [f"row {number} of the region that fills most of a wide screen" for number in range(4)]
END = Point(len(LINES[-1]) - 1, len(LINES) - 1)


def set_size(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))


async def written(master: int) -> bytes:
    await asyncio.sleep(0.1)
    return os.read(master, 65_536)


async def test_a_frame_between_a_resize_and_its_signal_leaves_no_piece_of_the_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMUX", "it breaks lines anew")
    master, slave = pty.openpty()
    set_size(slave, WIDE)
    with create_pipe_input() as keys, create_app_session(input=keys), os.fdopen(slave, "w") as stdout:
        control = FormattedTextControl("\n".join(LINES), focusable=True, get_cursor_position=lambda: END)
        app = ChatApplication(
            FrameOutput(stdout, term="xterm", color_depth=None),
            lambda: None,
            Layout(Window(control, wrap_lines=True)),
            KeyBindings(),
            Style([]),
            None,
        )
        running = asyncio.ensure_future(app.run_async())
        first = await written(master)
        set_size(slave, NARROW)  # no signal comes: this terminal is nobody's
        app.print_above("a line that is finished\n")
        second = await written(master)
        app.exit(result=0)
        await running
    os.close(master)
    screen = pyte.Screen(NARROW, ROWS)
    terminal = pyte.ByteStream(screen)
    terminal.feed(first.replace(NO_WRAP, b""))  # as it stands in the narrow terminal: its rows take two each
    terminal.feed(second)
    shown = "\n".join(line.rstrip() for line in screen.display).strip()
    assert shown.startswith("a line that is finished\nrow 0 of the region")
    assert [shown.count(f"row {number} of") for number in range(4)] == [1] * 4
