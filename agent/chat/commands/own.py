"""The user's own commands: markdown files whose text is sent, with what was typed after the name put in.

`~/.config/mimosa/commands/NAME.md`, and `.mimosa/commands/NAME.md` of a repository that is trusted. `$ARGUMENTS`
is all that was typed, `$1` to `$9` its words; a text that names neither gets it at its end.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.chat.commands.base import SlashCommand
from agent.export.words import first_line
from agent.inside import OutsideTree, read_inside
from agent.knowledge.front_matter import split_front_matter

if TYPE_CHECKING:
    from agent.chat.chat import Chat

FOLDER = ".mimosa/commands"
MOST_BYTES = 100_000
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*", re.IGNORECASE)
PLACE = re.compile(r"\$(ARGUMENTS|[1-9])")


def own_commands(own_folder: Path, repository: Path, *, trusted: bool) -> Iterator[SlashCommand]:
    """The user's first: a repository cannot take the place of one."""
    yield from found_in(own_folder, "commands")
    if trusted:
        yield from found_in(repository, FOLDER)


def found_in(root: Path, folder: str) -> Iterator[SlashCommand]:
    for path in sorted((root / folder).glob("*.md")):
        if NAME.fullmatch(path.stem):
            try:
                text = read_inside(root, f"{folder}/{path.name}", MOST_BYTES).text
            except (OSError, OutsideTree):
                continue  # a link that leads elsewhere is no command
            yield command_of(path.stem, text)


def command_of(name: str, text: str) -> SlashCommand:
    parts = split_front_matter(text)
    summary = parts.fields.get("description", "") or first_line(parts.body, 70)

    async def run(chat: "Chat", argument: str) -> None:
        chat.send(filled(parts.body, argument))

    usage = parts.fields.get("argument-hint", "") or ("[words]" if PLACE.search(parts.body) else "")
    return SlashCommand(name, f"{summary} (yours)", run, usage)


def filled(text: str, argument: str) -> str:
    """`text` with what was typed in its places."""
    if not PLACE.search(text):
        return f"{text.rstrip()}\n\n{argument}".rstrip()
    words = argument.split()

    def value(found: re.Match[str]) -> str:
        if found[1] == "ARGUMENTS":
            return argument
        number = int(found[1])
        return words[number - 1] if number <= len(words) else ""

    return PLACE.sub(value, text).strip()
