"""Every group of commands."""

from collections.abc import Iterator

from agent.chat.commands import knowing, looking, running
from agent.chat.commands.base import SlashCommand


def all_commands() -> Iterator[SlashCommand]:
    for group in (running, looking, knowing):
        yield from group.COMMANDS
