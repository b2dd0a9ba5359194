"""What the command `mimosa` runs. The chat does not wait for the command line to be loaded: one types at once."""

import io
import os
import sys

AT_ONCE = {(): "", ("-c",): "last", ("--continue",): "last"}
"""Command lines that need no parsing, and which session the chat opens for them."""
INTERRUPTED = 130


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None if it is closed
            stream.reconfigure(errors="replace")  # a locale without a sign must not end the work
    session = AT_ONCE.get(tuple(sys.argv[1:]))
    if session is not None and _asked_by_a_person():
        try:
            sys.exit(_chat(session))
        except KeyboardInterrupt:  # before there was a screen that takes it as a key
            sys.exit(INTERRUPTED)
    from agent.cli.app import app, with_choice

    app(with_choice(sys.argv[1:]), prog_name="mimosa")


def _asked_by_a_person() -> bool:
    """At a terminal, and not by a shell that completes a command line."""
    return (
        sys.stdin is not None
        and sys.stdin.isatty()
        and sys.stdout is not None
        and sys.stdout.isatty()
        and "_MIMOSA_COMPLETE" not in os.environ
    )


def _chat(session: str) -> int:
    from pathlib import Path

    from agent.chat.options import ChatOptions
    from agent.chat.run import run_chat

    return run_chat(ChatOptions(Path(), session), {})
