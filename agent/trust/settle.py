"""Settle before anything else whether a repository is trusted; every front end calls this one function."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from agent.config.listed import is_listed
from agent.trust.look import Trust, look, remember

Ask = Callable[[Path, Trust], bool | None]
"""Puts the question to a person. True and False are remembered; None (they went away) counts as no, and they are
asked again the next time."""


def settle_trust(repository: Path, environment: Mapping[str, str], ask: Ask | None) -> Trust:
    """How `repository` (its top folder) stands, after the user was asked if that was open. `ask` is None where
    nobody can be asked: what is open then counts as not trusted. Raises UsageError."""
    trust = look(repository, environment)
    if is_listed(repository, environment):
        return replace(trust, state="trusted")
    if not trust.open or ask is None:
        return trust
    answer = ask(repository, trust)
    if answer is None:
        return trust
    remember(repository, environment, trusted=answer)
    return replace(trust, state="trusted" if answer else "refused")


def not_counted(repository: Path, trust: Trust) -> str:
    """What a user is told where something of the repository does not count, "" if there is nothing to tell."""
    if trust.trusted or not trust.wishes:
        return ""
    why = {
        "refused": "you said that it is not trusted",
        "changed": "it has changed since you trusted it",
    }.get(trust.state, "nobody has said that it is trusted")
    return f"{repository}: its own hooks, servers, commands and skills do not count: {why}. `mimosa trust` asks."
