"""Every group of commands."""

from collections.abc import Iterator

from agent.chat.commands import figures, files, jobs, knowing, looking, models, running, sessions, time
from agent.chat.commands.base import SlashCommand


def all_commands() -> Iterator[SlashCommand]:
    for group in (running, looking, files, time, sessions, models, knowing, jobs, figures):
        yield from group.COMMANDS
