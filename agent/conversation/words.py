"""What the model and the user read about files."""

from collections.abc import Mapping
from typing import Literal

from sandbox.exchange.merge import Conflict
from sandbox.exchange.trees import Side
from sandbox.workspace.names import printable

MOST_NAMED = 20
Keep = Literal["mine", "agent", "both"]
"""Whose version of a file that both changed is to count: the user's, the agent's, or both with markers between."""


def followed_words(changes: Mapping[str, tuple[Side, Side]], beside: Mapping[str, str]) -> str:
    """A line for the model: which files changed under it, and where the user's versions lie that did not fit."""
    lines = []
    if changes:
        named = [f"{printable(path)} ({_kind(*sides)})" for path, sides in list(changes.items())[:MOST_NAMED]]
        more = f" and {len(changes) - MOST_NAMED} more" if len(changes) > MOST_NAMED else ""
        lines.append(
            f"The user changed files meanwhile, and your workspace has them now: {', '.join(named)}{more}."
        )
    for path, place in beside.items():
        theirs = f"the user's version is in {place}" if place else "the user deleted it"
        lines.append(f"{printable(path)} was changed by the user too, where you did: yours stays, {theirs}.")
    return "\n".join(lines)


def kept_words(paths: tuple[str, ...]) -> str:
    """The same after a rewind."""
    named = ", ".join(printable(path) for path in paths[:MOST_NAMED])
    return f"The user has edited files since then, and your workspace has them: {named}."


def decided_words(decided: Mapping[str, tuple[Keep, Side]]) -> str:
    """A line for the model on each file that the user decided on, with what is in the workspace since."""
    return "\n".join(f"{printable(path)}: {_decision(keep, side)}." for path, (keep, side) in decided.items())


def _decision(keep: Keep, side: Side) -> str:
    if keep == "agent":
        return "the user took your version of it, and both sides have that now"
    if side is None:
        return "the user kept its own deletion of it, and the file is gone from your workspace"
    if keep == "mine":
        return "the user kept its own version of it, and your workspace has that now, without your changes"
    return (
        "the user kept both versions of it, and your workspace has them now, with conflict markers "
        "where they differ: read it before you change it"
    )


def conflict_words(conflict: Conflict) -> str:
    """Why a file waits for a decision."""
    if conflict.theirs is None:
        return "you deleted it, and the agent changed it"
    if conflict.ours is None:
        return "you changed it, and the agent deleted it"
    if conflict.base is None:
        return "you and the agent both made it, differently"
    return "you and the agent changed the same lines"


def _kind(before: Side, after: Side) -> str:
    if before is None:
        return "new"
    return "deleted" if after is None else "changed"
