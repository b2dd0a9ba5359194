"""Streamed markdown, cut where a block has come to its end: what is finished will never look different again."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

FENCE_LINES = 20
"""Lines that are kept of an open code block when it is cut; it is cut at three times as many."""
LONGEST = 6000
"""Characters that wait at most, if nothing else ends them."""


@dataclass(frozen=True)
class Block:
    """Markdown of one block. joined: it goes on with the block before it, without a blank line between."""

    text: str
    joined: bool = False


class BlockSplitter:
    """Takes text as it streams in, and gives each block once it is whole."""

    def __init__(self) -> None:
        self._rest = ""
        self._joined = False
        self._looked_at = 0

    @property
    def rest(self) -> Block:
        """What is not finished yet."""
        return Block(self._rest, self._joined)

    def feed(self, text: str) -> list[Block]:
        """The blocks that this text has finished."""
        self._rest += text
        if "\n" not in text and len(self._rest) < LONGEST:
            return []
        finished = list(self._cut())
        if len(self._rest) >= LONGEST:
            finished.append(self._cut_anywhere())
        return finished

    def end(self) -> list[Block]:
        """The stream is over: what is left is a block too."""
        left, self._rest = self.rest, ""
        self._joined = False
        return [left] if left.text.strip() else []

    def _cut(self) -> list[Block]:
        """Only whole lines are looked at: the last one may still become anything."""
        whole = self._rest[: self._rest.rfind("\n") + 1]
        lines = whole.splitlines(keepends=True)
        tokens = parser().parse(whole)
        starts = _starts(tokens)
        finished = []
        begin = 0
        for start, joined in starts[1:]:
            finished.append(Block("".join(lines[begin:start]), self._joined))
            begin, self._joined = start, joined
        tail = "".join(lines[begin:])
        if starts and (fence := _open_fence(tokens, starts[-1][0])) and len(lines) - begin > 3 * FENCE_LINES:
            opening = lines[begin]
            middle = len(lines) - FENCE_LINES
            finished.append(Block("".join(lines[begin:middle]) + fence + "\n", self._joined))
            tail, self._joined = opening + "".join(lines[middle:]), True
        self._rest = tail + self._rest[len(whole) :]
        return finished

    def _cut_anywhere(self) -> Block:
        at = max(self._rest.rfind("\n"), self._rest.rfind(" ")) + 1 or len(self._rest)
        cut = Block(self._rest[:at], self._joined)
        self._rest, self._joined = self._rest[at:], True
        return cut


@cache
def parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").enable("strikethrough")


def _starts(tokens: "list[Token]") -> list[tuple[int, bool]]:
    """The first line of each block, and whether it belongs to the one before it. The items of a list are blocks
    of their own: a long list need not wait for its end."""
    starts: list[tuple[int, bool]] = []
    before = ""
    for token in tokens:
        if token.map is not None and token.nesting >= 0:
            if token.level == 0 and not token.type.endswith("list_open"):
                starts.append((token.map[0], False))
            elif token.level == 1 and token.type == "list_item_open":
                starts.append((token.map[0], before == "list_item_close"))
        before = token.type
    return starts


def _open_fence(tokens: "list[Token]", start: int) -> str:
    """The sign that would close the code block that begins at line `start`, "" if none does. A fence in a list or
    a quote is not looked for: its lines have a margin."""
    last = tokens[-1]
    return last.markup if last.type == "fence" and last.level == 0 and last.map and last.map[0] == start else ""
