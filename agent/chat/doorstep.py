"""What is on the screen before the chat is loaded: one can type at once, and what was sent is kept for it.

The screen knows only the doorstep, which hands everything on as soon as there is a chat. So nothing that takes
long to import (pydantic, the model's client, the sandbox) delays the first key.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import StyleAndTextTuples

if TYPE_CHECKING:
    from agent.chat.chat import Chat


def nothing_to_leave() -> None:
    """There is no screen yet."""


class Doorstep:
    """View, Actions and Choices of the screen. name: of the repository; shown with `mode` until there is more.
    give_up: leaves the screen."""

    def __init__(self, name: str, mode: str) -> None:
        self.chat: Chat | None = None
        self.give_up: Callable[[], None] = nothing_to_leave
        self._name = name
        self._mode = mode or "ask"
        self._sent: list[str] = []

    def enter(self, chat: "Chat") -> None:
        """The chat is there: it gets what was sent."""
        self.chat = chat
        for text in self._sent:
            chat.submit(text)
        self._sent.clear()

    # Actions

    def submit(self, text: str) -> None:
        if self.chat:
            self.chat.submit(text)
        elif text.strip():
            self._sent.append(text)

    def steer(self, text: str) -> None:
        if self.chat:
            self.chat.steer(text)
        else:
            self.submit(text)

    def recall(self) -> str | None:
        if self.chat:
            return self.chat.recall()
        return self._sent.pop() if self._sent else None

    def interrupt(self) -> bool:
        return self.chat.interrupt() if self.chat else False

    def leave(self) -> None:
        if self.chat:
            self.chat.leave()
        else:
            self.give_up()

    def next_mode(self) -> None:
        if self.chat:
            self.chat.next_mode()

    def open_thinking(self) -> None:
        if self.chat:
            self.chat.open_thinking()

    def hint(self, words: str) -> None:
        if self.chat:
            self.chat.hint(words)

    # View

    def live(self, rows: int) -> list[str]:
        return self.chat.live(rows) if self.chat else []

    def waiting(self) -> list[str]:
        return self.chat.waiting() if self.chat else self._sent

    def status(self, columns: int) -> StyleAndTextTuples:
        if self.chat:
            return self.chat.status(columns)
        return [("class:status", f"{self._mode} · {self._name}")]

    def mode(self) -> str:
        return self.chat.mode() if self.chat else self._mode

    # Choices

    def commands(self) -> Mapping[str, str]:
        return self.chat.registry.summaries if self.chat else {}

    def arguments(self, name: str) -> Iterable[tuple[str, str]]:
        return self.chat.arguments(name) if self.chat else ()
