"""Markdown as this chat shows it: nothing centred, code without boxes, links with their address in sight."""

from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from agent.export.visible import visible

if TYPE_CHECKING:
    from rich.console import JustifyMethod

CODE_THEME = "ansi_dark"
"""Names the terminal's own sixteen colours, so that it is readable on any background."""


class LeftHeading(Heading):
    LEVEL_ALIGN: ClassVar[dict[str, "JustifyMethod"]] = dict.fromkeys(Heading.LEVEL_ALIGN, "left")


class PlainCode(CodeBlock):
    """Behind a margin and without a background, so that it can be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Padding(highlighted(str(self.text).rstrip("\n"), self.lexer_name), (0, 0, 0, 2))


class ChatMarkdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": LeftHeading,
        "fence": PlainCode,
        "code_block": PlainCode,
    }

    def __init__(self, text: str) -> None:
        """`text` is not trusted: it cannot drive the terminal, and a link shows where it leads."""
        super().__init__(visible(text), hyperlinks=False, inline_code_lexer=None)


def highlighted(code: str, language: str, **options: Any) -> Syntax:
    """`options` as Rich's Syntax takes them."""
    return Syntax(
        code, language or "text", theme=CODE_THEME, background_color="default", word_wrap=True, **options
    )


def language_of(path: str) -> str:
    """The language of a file by its name, "text" if it is not known."""
    return Syntax.guess_lexer(path)


def quiet(text: str) -> Text:
    return Text(visible(text), style="dim")
