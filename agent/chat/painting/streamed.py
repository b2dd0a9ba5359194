"""An answer as it streams in: what will not change any more is printed, the rest is shown until it is finished."""

from collections.abc import Callable

from agent.chat.painting.ansi import Ansi
from agent.chat.painting.blocks import Block, BlockSplitter
from tools.terminal_text import plain


class StreamedAnswer:
    """`print_text` takes whole lines for the scrollback. `ansi` gives the drawer for the width of now.

    Of a block that is longer than the live region the first lines are printed before it is finished: they stay as
    they are, for text is only appended. Such a block keeps its width to the end, also if the terminal is resized.
    """

    def __init__(self, print_text: Callable[[str], None], ansi: Callable[[], Ansi]) -> None:
        self._print = print_text
        self._ansi_now = ansi
        self._blocks = BlockSplitter()
        self._printed = 0
        self._kept_ansi: Ansi | None = None
        self._drawn: tuple[str, int, list[str]] = ("", 0, [])

    def feed(self, text: str) -> None:
        for block in self._blocks.feed(text):
            self._finish(block)

    def end(self) -> None:
        """The answer is complete, or will never be."""
        for block in self._blocks.end():
            self._finish(block)

    def live(self, most: int) -> list[str]:
        """At most `most` lines: those of the unfinished block that are not printed yet."""
        rest = self._blocks.rest
        if not rest.text.strip():
            return []
        ansi = self._ansi  # once: the terminal may be resized at any time
        lines = self._lines(rest, ansi)
        settled = len(lines) - most
        if settled > self._printed and not is_table(rest.text):
            self._kept_ansi = ansi
            self._print("\n".join([*lines[self._printed : settled], ""]))
            self._printed = settled
        return lines[max(self._printed, settled) :]

    @property
    def _ansi(self) -> Ansi:
        return self._kept_ansi or self._ansi_now()

    def _finish(self, block: Block) -> None:
        lines = self._lines(block, self._ansi) if block.text.strip() else []
        if left := lines[self._printed :]:
            self._print("\n".join([*left, ""]))
        # More than all of it was printed if it was cut off from what follows just now.
        self._printed = max(0, self._printed - len(lines))
        if not self._printed:
            self._kept_ansi = None

    def _lines(self, block: Block, ansi: Ansi) -> list[str]:
        from agent.chat.painting.markdown import ChatMarkdown

        if self._drawn[:2] != (block.text, ansi.width):
            lines = ansi.lines(ChatMarkdown(block.text))
            while len(lines) > 1 and is_blank(lines[0]):
                lines.pop(0)
            while len(lines) > 1 and is_blank(lines[-1]):
                lines.pop()
            self._drawn = (block.text, ansi.width, lines if block.joined else ["", *lines])
        return self._drawn[2]


def is_table(markdown: str) -> bool:
    """A table's columns change with each of its rows."""
    return markdown.lstrip().startswith("|")


def is_blank(line: str) -> bool:
    """Whether nothing but colour codes and blanks is in it."""
    return not plain(line)[0].strip()
