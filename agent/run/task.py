"""The task: what the command line says, with standard input as its context, or standard input alone."""

import os
import select
import stat
import sys
from typing import TextIO

from agent.errors import UsageError

PATIENCE_S = 3.0
"""How long standard input may stay silent until it is said that it is waited for."""
MOST_CHARACTERS = 400_000
"""About a hundred thousand tokens; what is longer belongs into a file of the repository."""

WAITING = "mimosa: reading standard input (an end of file ends it; `</dev/null` goes without)"


def read_task(text: str | None, stdin: TextIO) -> str:
    """What the model is told. Raises UsageError if that is nothing."""
    if text is not None and not text.strip():
        raise UsageError("the task is empty: say in a sentence what is to be done")
    piped = _piped(stdin, only=text is None)
    if len(piped) > MOST_CHARACTERS:
        raise UsageError(
            f"standard input holds {len(piped):,} characters, and {MOST_CHARACTERS:,} are the most; "
            "put it into a file of the repository and name that"
        )
    if text is None:
        if not piped.strip():
            raise UsageError('say what is to be done: mimosa run "what to do", or on standard input')
        return piped.strip()
    return f"{text.strip()}\n\n<stdin>\n{piped.rstrip()}\n</stdin>" if piped.strip() else text.strip()


def _piped(stdin: TextIO, *, only: bool) -> str:
    """All of standard input, "" if nothing is piped in. A terminal is asked only where nothing else says the
    task."""
    if stdin.isatty():
        if not only:
            return ""
        print("What is to be done? (end with Ctrl-D)", file=sys.stderr)
    elif not _flows(stdin):
        return ""
    elif not select.select([stdin], [], [], PATIENCE_S)[0]:
        print(WAITING, file=sys.stderr, flush=True)
    return stdin.buffer.read().decode("utf-8", "replace")


def _flows(stdin: TextIO) -> bool:
    """Whether it is a pipe, a socket or a file; /dev/null and the like hold nothing."""
    try:
        mode = os.fstat(stdin.fileno()).st_mode
    except (OSError, ValueError):  # closed
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
