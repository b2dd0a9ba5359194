"""All slash commands, and how one is found by what was typed."""

from collections.abc import Iterable

from agent.chat.commands.base import SlashCommand
from agent.errors import UsageError


class Registry:
    def __init__(self, commands: Iterable[SlashCommand]) -> None:
        self._commands: dict[str, SlashCommand] = {}
        self.add(commands)

    def add(self, commands: Iterable[SlashCommand]) -> None:
        """A name that is taken keeps its command: a repository cannot put its own /quit in the way."""
        for command in commands:
            self._commands.setdefault(command.name, command)

    @property
    def summaries(self) -> dict[str, str]:
        return {command.name: command.summary for command in self.sorted()}

    def sorted(self) -> list[SlashCommand]:
        return sorted(self._commands.values(), key=lambda command: command.name)

    def get(self, name: str) -> SlashCommand | None:
        return self._commands.get(name)

    def find(self, name: str) -> SlashCommand:
        """The command of this name, or the only one that begins with it. Raises UsageError."""
        if name in self._commands:
            return self._commands[name]
        found = [known for known in self._commands if name and known.startswith(name)]
        if len(found) == 1:
            return self._commands[found[0]]
        if found:
            raise UsageError(f"/{name} fits {', '.join(f'/{known}' for known in sorted(found))}: type more of it.")
        raise UsageError(f"There is no command /{name}. /help lists them all.")
