"""Completions: commands after a slash, what a command takes, files after an at sign."""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from agent.chat.composer.files import FileList, best_matches

MENTION = re.compile(r"(?:^|(?<=\s))@([^\s@]*)$")


def completes(text: str) -> bool:
    """Whether anything could follow `text`: a thread for each letter of a sentence would be felt."""
    return bool(MENTION.search(text)) or (text.startswith("/") and "\n" not in text)


class Choices(Protocol):
    """What the completer asks for."""

    def commands(self) -> Mapping[str, str]:
        """Names without the slash, and what each does."""
        ...

    def arguments(self, name: str) -> Iterable[tuple[str, str]]:
        """Words that can follow a command, and what each means."""
        ...


class ChatCompleter(Completer):
    def __init__(self, files: FileList, choices: Choices) -> None:
        self._files = files
        self._choices = choices

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002 - prompt_toolkit's signature
        text = document.text_before_cursor
        if mention := MENTION.search(text):
            return self._mentioned(mention[1])
        if text.startswith("/") and "\n" not in text:
            return self._command(text)
        return ()

    def _mentioned(self, letters: str) -> Iterable[Completion]:
        for name in best_matches(letters, self._files.names):
            quoted = f'"{name}"' if " " in name else name
            yield Completion(f"{quoted} ", -len(letters), display=name)

    def _command(self, text: str) -> Iterable[Completion]:
        name, space, argument = text[1:].partition(" ")
        if not space:
            commands = self._choices.commands()
            starting = [known for known in commands if known.startswith(name)]
            holding = [known for known in commands if name in known and not known.startswith(name)]
            for known in [*starting, *holding]:
                yield Completion(known, -len(name), display=f"/{known}", display_meta=commands[known])
            return
        word = argument.lstrip()
        for value, meaning in self._choices.arguments(name):
            if word.lower() in value.lower():
                yield Completion(value, -len(word), display_meta=meaning)
