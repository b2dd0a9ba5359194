"""An answer as it streams in: finished blocks are printed, the unfinished one is shown until it is finished."""

from collections.abc import Callable

from agent.chat.painting.ansi import Ansi
from agent.chat.painting.blocks import Block, BlockSplitter


class StreamedAnswer:
    """`print_text` takes whole lines for the scrollback. `ansi` gives the drawer for the width of now."""

    def __init__(self, print_text: Callable[[str], None], ansi: Callable[[], Ansi]) -> None:
        self._print = print_text
        self._ansi = ansi
        self._blocks = BlockSplitter()
        self._any = False
        self._streamed = False
        self._drawn: tuple[str, int, list[str]] = ("", 0, [])

    @property
    def streamed(self) -> bool:
        """Whether anything of this answer has come."""
        return self._streamed

    def feed(self, text: str) -> None:
        self._streamed = self._streamed or bool(text)
        for block in self._blocks.feed(text):
            self._commit(block)

    def end(self) -> None:
        """The answer is complete, or will never be."""
        for block in self._blocks.end():
            self._commit(block)
        self._any = self._streamed = False

    def live(self, most: int) -> list[str]:
        """The last `most` lines of the unfinished block."""
        rest = self._blocks.rest
        if not rest.text.strip():
            return []
        ansi = self._ansi()
        if self._drawn[:2] != (rest.text, ansi.width):
            self._drawn = (rest.text, ansi.width, self._lines(ansi, rest))
        return self._drawn[2][-most:]

    def _commit(self, block: Block) -> None:
        if block.text.strip():
            self._print("\n".join([*self._lines(self._ansi(), block), ""]))
            self._any = True

    def _lines(self, ansi: Ansi, block: Block) -> list[str]:
        from agent.chat.painting.markdown import ChatMarkdown

        lines = ansi.lines(ChatMarkdown(block.text))
        while len(lines) > 1 and not lines[0].strip():
            lines.pop(0)
        return lines if block.joined else ["", *lines]
