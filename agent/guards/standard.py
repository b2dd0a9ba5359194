"""The guards of a session."""

from collections.abc import Awaitable, Callable

from agent.guards.base import Guard
from agent.guards.empty_patch import EmptyPatch
from agent.guards.flood import Flood
from agent.guards.repeat import RepeatLadder
from agent.guards.stale_tests import StaleTests
from agent.guards.stuck import Stuck
from agent.guards.thinking import MOST_CHARACTERS, ThinkingCap

Diff = Callable[[], Awaitable[bytes]]
"""Gives the patch of the workspace since the start."""


def chat_guards(thinking_characters: int = MOST_CHARACTERS) -> tuple[Guard, ...]:
    """Where a person looks on, and a turn without an edit is a turn like any other."""
    return (Flood(), RepeatLadder(), Stuck(), ThinkingCap(thinking_characters))


def fix_guards(
    diff: Diff, test_command: str = "", thinking_characters: int = MOST_CHARACTERS
) -> tuple[Guard, ...]:
    """Where the patch is what counts."""
    return (*chat_guards(thinking_characters), EmptyPatch(diff), StaleTests(diff, test_command))
