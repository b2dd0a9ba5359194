"""The model's thinking: a few dim lines while it thinks, one line afterwards, the whole of it when asked for."""

import textwrap
import time

from rich.text import Text

from agent.export.visible import visible
from agent.export.words import duration, short_count
from agent.guards.thinking import CHARACTERS_PER_TOKEN

PREVIEW = 3
"""Lines of the preview."""
RECENT = 1200
"""Characters that the preview is made of."""


class Thinking:
    """The thinking of one reply after the other; `last` is the newest, whole."""

    def __init__(self) -> None:
        self.last = ""
        self._pieces: list[str] = []
        self._characters = 0
        self._recent = ""
        self._since = 0.0

    @property
    def going_on(self) -> bool:
        return bool(self._pieces)

    def feed(self, text: str) -> None:
        if not text:
            return
        if not self._pieces:
            self._since = time.monotonic()
        self._pieces.append(text)
        self._characters += len(text)
        self._recent = (self._recent + text)[-RECENT:]

    def preview(self, width: int) -> list[Text]:
        lines = [
            part
            for line in visible(self._recent).strip().split("\n")
            for part in textwrap.wrap(line, max(10, width - 4), drop_whitespace=True)
        ]
        return [Text(f"  │ {line}", style="dim italic") for line in lines[-PREVIEW:]]

    def facts(self) -> str:
        """`12 s, about 840 tokens`: the server counts thinking and answer together, so this is an estimate."""
        tokens = max(1, self._characters // CHARACTERS_PER_TOKEN)
        words = f"about {short_count(tokens)} {'token' if tokens == 1 else 'tokens'}"
        seconds = time.monotonic() - self._since
        return f"{duration(seconds)}, {words}" if seconds >= 0.1 else words

    def fold(self) -> str:
        """Its facts, and what comes next is another thinking; "" if there was none."""
        if not self._pieces:
            return ""
        facts = self.facts()
        self.last = "".join(self._pieces)
        self._pieces, self._characters, self._recent = [], 0, ""
        return facts
