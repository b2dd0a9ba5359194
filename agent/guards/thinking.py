"""Thinking without end: a cap on its length, and a check whether it goes in circles."""

import re

from agent.guards.base import Cut, Guard
from model_runtime.base import Delta, ReasoningDelta

CHARACTERS_PER_TOKEN = 4
MOST_CHARACTERS = 20_000 * CHARACTERS_PER_TOKEN
"""For one reply."""
STOP_AT = 3
"""Replies of a turn that were cut before the turn is stopped."""

GRAM = 96
TIMES = 6
WINDOW = 16_384
EVERY = 512
"""The last GRAM characters found TIMES times within the last WINDOW characters are a loop; looked for after every
EVERY characters, so that the check costs the same however long the thinking is."""

DIGIT = re.compile(r"\d")


class ThinkingCap(Guard):
    """Cuts a reply off whose thinking is too long or repeats itself. Digits count as equal: loops count."""

    name = "thinking"

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._cuts = 0
        self.asked()

    def asked(self) -> None:
        self._length = 0
        self._unchecked = 0
        self._tail = ""

    def streamed(self, delta: Delta) -> Cut | None:
        if not isinstance(delta, ReasoningDelta):
            return None
        self._length += len(delta.text)
        self._unchecked += len(delta.text)
        self._tail = (self._tail + DIGIT.sub("0", delta.text))[-WINDOW:]
        if self._unchecked >= EVERY:
            self._unchecked = 0
            if (keep := self._before_loop()) is not None:
                return self._cut("thinking repeated itself", keep)
        if self._length > self._most:
            return self._cut(f"thinking was longer than {self._most:,} characters", None)
        return None

    def _before_loop(self) -> int | None:
        """How many characters came before the text began to repeat, None if it does not."""
        gram = self._tail[-GRAM:]
        # A ruler or an indented table repeats too; text that says something has more letters in it.
        if len(set(gram)) < 8 or self._tail.count(gram) < TIMES:
            return None
        return self._length - len(self._tail) + self._tail.index(gram) + len(gram)

    def _cut(self, fact: str, keep: int | None) -> Cut:
        self._cuts += 1
        stop = self._cuts >= STOP_AT
        text = (
            f"The model's {fact}, in {self._cuts} replies by now."
            if stop
            else f"Your {fact} and was cut off. Decide on what you know, and act: make the next call."
        )
        return Cut(self.name, text, stop=stop, keep=keep)
