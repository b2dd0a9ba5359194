"""Puts the terminal back as it was if the chat is killed: nobody is left then who could."""

import contextlib
import os
import signal
import termios
from collections.abc import Iterator
from typing import NoReturn

PUT_BACK = b"\x1b[?2026l\x1b[?2004l\x1b[J\x1b[?25h\x1b[0m\r\n"
"""Ends a frame and bracketed paste, erases what the region has below the cursor, shows that, ends colours."""
OVER = b"."
IGNORED = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP, signal.SIGTTOU, signal.SIGTERM)


@contextlib.contextmanager
def kept(terminal: int) -> Iterator[None]:
    """Within the block a second process watches over the descriptor `terminal`: it waits for the end of a pipe
    that only this one holds. Before any thread is started, for it is a fork."""
    before = termios.tcgetattr(terminal)
    read_end, write_end = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(write_end)
        _keep(terminal, read_end, before)
    os.close(read_end)
    _hush(terminal)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.write(write_end, OVER)
        os.close(write_end)
        with contextlib.suppress(OSError):
            os.waitpid(keeper, 0)
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _hush(terminal: int) -> None:
    """What is typed before the screen is there is neither echoed nor changed: an Enter stays an Enter."""
    attributes = termios.tcgetattr(terminal)
    attributes[0] &= ~termios.ICRNL
    attributes[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)


def _keep(terminal: int, pipe: int, before: list[int | list[bytes | int]]) -> NoReturn:
    """In the second process. It is in the background, where SIGTTOU would stop it."""
    try:
        os.setpgid(0, 0)
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in {0, 1, 2} - {terminal}:
            os.dup2(nothing, stream)
        if os.read(pipe, 1) != OVER:
            termios.tcsetattr(terminal, termios.TCSANOW, before)
            os.write(terminal, PUT_BACK)
    except BaseException:  # the terminal may be gone; whatever it is, nothing of the chat may run on in here
        os._exit(1)
    os._exit(0)
