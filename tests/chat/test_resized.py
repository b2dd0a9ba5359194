"""A resize whose signal is late, as a terminal's word of its size is: the region has been broken anew by then."""

import asyncio
import contextlib
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

from agent.chat.terminal.application import RESIZING_S, ChatApplication
from agent.chat.terminal.output import FrameOutput

WIDE, NARROW, ROWS = 80, 40, 24
NO_WRAP = b"\x1b[?7l"
LINES = [f"row {number} of the region that fills most of a wide screen" for number in range(4)]
END = Point(len(LINES[-1]) - 1, len(LINES) - 1)


def set_size(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))


async def written(master: int, seconds: float = 0.1) -> bytes:
    """What is written by then; b"" for nothing."""
    await asyncio.sleep(seconds)
    with contextlib.suppress(BlockingIOError):
        return os.read(master, 65_536)
    return b""


async def test_nothing_is_drawn_before_the_size_is_known_and_no_piece_of_the_region_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("XTERM_VERSION", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("TMUX", raising=False)
    master, slave = pty.openpty()
    os.set_blocking(master, False)
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
        early = await written(master)
        second = await written(master, 2 * RESIZING_S)
        app.exit(result=0)
        await running
    os.close(master)
    assert not early
    screen = pyte.Screen(NARROW, ROWS)
    terminal = pyte.ByteStream(screen)
    terminal.feed(first.replace(NO_WRAP, b""))  # as it stands in the narrow terminal: its rows take two each
    terminal.feed(second)
    shown = "\n".join(line.rstrip() for line in screen.display).strip()
    assert shown.startswith("a line that is finished\nrow 0 of the region")
    assert [shown.count(f"row {number} of") for number in range(4)] == [1] * 4
