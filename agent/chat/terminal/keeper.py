"""Puts the terminal back as it was if the chat is killed: nobody is left then who could."""

import contextlib
import os
import shutil
import subprocess
import termios
from collections.abc import Iterator

# Waits for the end of its standard input, a pipe that only the chat holds. It puts back what raw mode changed: the
# settings, bracketed paste, the cursor, colours. SIGTTOU is ignored, for it runs in the background.
SCRIPT = """trap '' TTOU HUP INT QUIT TSTP
read -r word
[ "$word" = over ] && exit 0
stty "$1" <&3
printf '\\033[?2026l\\033[?2004l\\033[?25h\\033[0m\\r\\n' >&3"""


@contextlib.contextmanager
def kept(descriptor: int) -> Iterator[None]:
    """Within the block a small shell watches over the terminal `descriptor`."""
    shell, stty = shutil.which("sh"), shutil.which("stty")
    if not shell or not stty:
        yield
        return
    before = termios.tcgetattr(descriptor)
    saved = subprocess.run(
        [stty, "-g"], stdin=descriptor, capture_output=True, text=True, check=False
    ).stdout.strip()
    terminal = os.dup(descriptor)
    os.set_inheritable(terminal, True)
    keeper = subprocess.Popen(
        [shell, "-c", f"exec 3<&{terminal}\n{SCRIPT}", "mimosa-terminal", saved],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(terminal,),
        process_group=0,
    )
    os.close(terminal)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            keeper.communicate(b"over\n")
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
