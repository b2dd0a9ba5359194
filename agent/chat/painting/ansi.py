"""Rich draws, and what it drew goes out as text with colour codes."""

import io
import os
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.theme import Theme

WIDEST_TEXT = 120
"""Columns of running text and code, however wide the terminal is."""
PADDING = re.compile(" +\n")

Colors = Literal["standard", "256", "truecolor"]


def colors_of(environment: Mapping[str, str] = os.environ) -> Colors | None:
    """What the terminal can show; None for no colours (https://no-color.org)."""
    if environment.get("NO_COLOR"):
        return None
    term = environment.get("TERM", "")
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    if "256color" in term or term.startswith(("tmux", "xterm-kitty", "alacritty")):
        return "256"
    return None if term in ("", "dumb", "vt100", "vt102", "vt220") or term.endswith("-mono") else "standard"


@cache
def theme() -> "Theme":
    """Without backgrounds: they would stand out on a light terminal."""
    from rich.theme import Theme

    return Theme(
        {"markdown.code": "cyan", "markdown.h1": "bold underline", "markdown.h2": "bold", "markdown.h3": "bold"}
    )


class Ansi:
    """Draws at one width."""

    def __init__(self, width: int, colors: Colors | None) -> None:
        self.width = width
        self.colors = colors

    @property
    def text_width(self) -> int:
        return min(self.width, WIDEST_TEXT)

    def draw(self, *things: "RenderableType", wide: bool = False) -> str:
        """Whole lines, no longer than the terminal is wide, without the blanks that Rich fills them up with: in a
        terminal that becomes narrower each line would become two. wide: not held to WIDEST_TEXT."""
        from rich.console import Console

        out = io.StringIO()
        console = Console(
            file=out,
            force_terminal=True,
            width=self.width if wide else self.text_width,
            color_system=self.colors,
            no_color=self.colors is None,
            highlight=False,
            emoji=False,
            markup=False,
            legacy_windows=False,
            theme=theme(),
            _environ={},
        )
        for thing in things:
            console.print(thing)
        return PADDING.sub("\n", out.getvalue())

    def lines(self, *things: "RenderableType", wide: bool = False) -> list[str]:
        return self.draw(*things, wide=wide).rstrip("\n").split("\n")
