"""Long pastes stand in the input line as a placeholder, and are sent whole."""

import re

MOST_LINES, MOST_CHARACTERS = 8, 1000
"""A paste that is longer becomes a placeholder."""
PLACEHOLDER = re.compile(r"\[pasted [\d,]+ (?:lines|characters) #(\d+)\]")


class Pastes:
    def __init__(self) -> None:
        self._kept: list[str] = []

    def shortened(self, text: str) -> str:
        """What is put into the input line for a paste of `text`."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.rstrip("\n").count("\n") + 1
        if lines <= MOST_LINES and len(text) <= MOST_CHARACTERS:
            return text
        self._kept.append(text)
        size = f"{lines:,} lines" if lines > MOST_LINES else f"{len(text):,} characters"
        return f"[pasted {size} #{len(self._kept)}]"

    def whole(self, text: str) -> str:
        """`text` with each placeholder replaced by what was pasted."""
        return PLACEHOLDER.sub(self._paste, text)

    def _paste(self, found: re.Match[str]) -> str:
        number = int(found[1])
        return self._kept[number - 1] if 0 < number <= len(self._kept) else found[0]
