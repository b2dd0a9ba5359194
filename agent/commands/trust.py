"""`mimosa trust`: look at what a repository brings, and say whether it is trusted."""

import os
import sys
from pathlib import Path
from typing import Literal

from rich.console import Console

from agent.commands.guard import told
from agent.config.listed import is_listed
from agent.export.visible import visible
from agent.trust.look import Trust, forget, look, remember
from agent.trust.terminal import TerminalAsk
from sandbox.workspace.repository import open_repository

STATES = {
    "trusted": "trusted",
    "refused": "not trusted: you said so",
    "changed": "not trusted: it has changed since you trusted it",
    "unknown": "not trusted: nobody has said so",
    "nothing": "it brings nothing that needs your trust",
}


def run_trust(folder: Path, answer: Literal["yes", "no", "forget"] | None) -> int:
    """Returns 0 if the repository is trusted or needs no trust, 1 if it is not."""
    with told():
        root = open_repository(folder).root
        match answer:
            case "yes" | "no":
                remember(root, os.environ, trusted=answer == "yes")
            case "forget":
                forget(root, os.environ)
            case None if sys.stdin.isatty() and look(root, os.environ).state != "nothing":
                _ask(root)
        trust = look(root, os.environ)
        listed = is_listed(root, os.environ)
        _show(root, trust, listed)
    return 0 if trust.trusted or listed or trust.state == "nothing" else 1


def _ask(root: Path) -> None:
    given = TerminalAsk(Console(highlight=False))(root, look(root, os.environ))
    if given is not None:
        remember(root, os.environ, trusted=given)


def _show(root: Path, trust: Trust, listed: bool) -> None:
    print(visible(f"{root}: {'trusted: your configuration lists it' if listed else STATES[trust.state]}"))
    for wish in trust.wishes:
        print(visible(f"  - {wish}"))
