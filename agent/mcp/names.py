"""Tools of servers by the name that the model uses: `server__tool`."""

import re
from collections.abc import Iterable

SEPARATOR = "__"
LONGEST = 64
"""Characters of a name that chat-completions endpoints take."""


def model_name(server: str, tool: str, taken: Iterable[str] = ()) -> str:
    """Letters, digits, `_` and `-`, and none of `taken`."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", f"{server}{SEPARATOR}{tool}")[:LONGEST]
    name, number, others = plain, 2, set(taken)
    while name in others:
        name = f"{plain[: LONGEST - 1 - len(str(number))]}_{number}"
        number += 1
    return name


def server_of(name: str) -> str:
    """The server whose tool this is, "" if it is none."""
    return name.partition(SEPARATOR)[0] if SEPARATOR in name else ""
