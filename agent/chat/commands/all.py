"""Every group of commands."""

from collections.abc import Iterator

from agent.chat.commands import figures, files, jobs, knowing, looking, models, running, servers, sessions, time
from agent.chat.commands.base import SlashCommand


def all_commands() -> Iterator[SlashCommand]:
    for group in (running, looking, files, time, sessions, models, knowing, servers, jobs, figures):
        yield from group.COMMANDS
