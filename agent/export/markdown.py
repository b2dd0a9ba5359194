"""What the model wrote, as HTML: CommonMark with tables, without raw HTML, images or links that do anything."""

from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from agent.export.markup import Html, tag
from agent.export.visible import visible

_LONGEST = 200_000  # characters; a longer text is no prose, and is shown as it is
_TOP_LEVEL = 4  # headings in a reply stand below the page's own


def markdown(words: str) -> Html:
    """Rendered markdown. Only http and https links become links, and they tell nobody where they were clicked."""
    if len(words) > _LONGEST:
        return tag("pre", words)
    return Html(_parser().render(visible(words)))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    parser.validateLink = lambda url: url.lower().startswith(("http://", "https://"))  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("heading_open", _heading)
    parser.add_render_rule("heading_close", _heading)
    return parser


def _link(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    tokens[index].attrSet("rel", "noreferrer noopener nofollow")
    return self.renderToken(tokens, index, options, env)


def _heading(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    level = int(tokens[index].tag[1:])
    tokens[index].tag = f"h{min(6, level + _TOP_LEVEL - 1)}"
    return self.renderToken(tokens, index, options, env)
