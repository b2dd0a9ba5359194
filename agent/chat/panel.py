"""A question in the live region: a list to choose from, or a line to type. Words of others have gone through
`visible` before."""

import asyncio
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.containers import Container, HSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.utils import get_cwidth

from agent.chat.style import MARK

ROWS = 8
"""Options that are shown at once."""


@dataclass(frozen=True)
class Option:
    """key: a single key that chooses it at once, "" if none. meaning: dim words beside it."""

    label: str
    key: str = ""
    meaning: str = ""


class ListPanel:
    """↑ and ↓ move, Enter or an option's key chooses, Esc chooses nothing. `answer` is the option's number, or
    None."""

    def __init__(self, title: str, options: Sequence[Option], chosen: int = 0) -> None:
        self.answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._title = title
        self._options = options
        self._chosen = min(chosen, max(0, len(options) - 1))
        self.focus = Window(
            FormattedTextControl(self._text, focusable=True, key_bindings=self._keys(), show_cursor=False),
            wrap_lines=True,
            dont_extend_height=True,
        )
        self.container: Container = self.focus

    def _text(self) -> StyleAndTextTuples:
        columns = get_app().output.get_size().columns
        title = "\n".join(textwrap.wrap(self._title, max(10, columns - 1)))
        shown: StyleAndTextTuples = [("class:panel.title", f"{title}\n")]
        first = max(0, min(self._chosen - ROWS // 2, len(self._options) - ROWS))
        for number, option in list(enumerate(self._options))[first : first + ROWS]:
            chosen = number == self._chosen
            lead = f"{MARK if chosen else ' '} {f'{option.key}  ' if option.key else ''}"
            label = _cut(option.label, columns - len(lead) - 1)
            meaning = _cut(option.meaning, columns - len(lead) - get_cwidth(label) - 3)
            shown.append(("class:panel.key", lead))
            shown.append(("class:panel.chosen" if chosen else "", label))
            shown.append(("class:panel.hint", f"  {meaning}\n" if meaning else "\n"))
        more = len(self._options) - ROWS
        counted = f"{self._chosen + 1} of {len(self._options)} · " if more > 0 else ""
        shown.append(("class:panel.hint", f"{counted}↑↓ Enter, Esc for none"))
        return shown

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        keys.add("up")(lambda _event: self._move(-1))
        keys.add("down")(lambda _event: self._move(1))
        keys.add("pageup")(lambda _event: self._move(-ROWS))
        keys.add("pagedown")(lambda _event: self._move(ROWS))
        keys.add("enter")(lambda _event: self._choose(self._chosen))
        for cancel in ("escape", "c-c", "c-d"):
            keys.add(cancel)(lambda _event: self._choose(None))
        keys.add("<any>")(lambda _event: None)  # what means nothing here does nothing
        for number, option in enumerate(self._options):
            if option.key:
                keys.add(option.key)(lambda _event, number=number: self._choose(number))
        return keys

    def _move(self, by: int) -> None:
        self._chosen = max(0, min(len(self._options) - 1, self._chosen + by))

    def _choose(self, number: int | None) -> None:
        if not self.answer.done():
            self.answer.set_result(number)


class LinePanel:
    """One line to type. `answer` is what was typed, or None after Esc."""

    def __init__(self, title: str, label: str) -> None:
        self.answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._buffer = Buffer(multiline=False)
        self.focus = Window(
            BufferControl(
                self._buffer, input_processors=[BeforeInput(label, "class:prompt")], key_bindings=self._keys()
            ),
            height=1,
        )
        title_window = Window(FormattedTextControl([("class:panel.title", title)]), wrap_lines=True)
        self.container: Container = HSplit([title_window, self.focus])

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter")
        def _(_event: KeyPressEvent) -> None:
            self._end(self._buffer.text)

        for cancel in ("escape", "c-c", "c-d"):
            keys.add(cancel)(lambda _event: self._end(None))
        return keys

    def _end(self, text: str | None) -> None:
        if not self.answer.done():
            self.answer.set_result(text)


def _cut(words: str, columns: int) -> str:
    """`words` in one line of so many columns; "" if that is not worth it."""
    words = " ".join(words.split())
    if get_cwidth(words) <= columns:
        return words
    while words and get_cwidth(words) > columns - 1:
        words = words[:-1]
    return f"{words}…" if len(words) > 5 else ""
