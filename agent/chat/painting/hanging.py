"""Lines behind a margin: where one is too long, what follows stands behind the margin too."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

LEAST = 12
"""Columns of text that a margin leaves at least; in a narrower terminal the lines are broken without one."""


class Hanging:
    """`lead` stands before the first line of `body`, its width in blanks (or `after`) before the others."""

    def __init__(self, lead: Text | str, body: Text, after: Text | str = "") -> None:
        self.lead = Text(lead) if isinstance(lead, str) else lead
        self.body = body
        self.after = Text(after) if isinstance(after, str) else after

    @property
    def plain(self) -> str:
        return f"{self.lead.plain}{self.body.plain}"

    def behind(self, margin: str) -> "Hanging":
        """The same, further to the right."""
        after = Text(margin).append_text(self.after) if self.after.plain else ""
        return Hanging(Text(margin).append_text(self.lead), self.body, after)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width - self.lead.cell_len
        if width < LEAST:
            yield Text().append_text(self.lead).append_text(self.body)
            return
        blank = self.after if self.after.plain else Text(" " * self.lead.cell_len)
        body = self.body if self.body.plain else Text(" ")
        for number, part in enumerate(body.wrap(console, width, tab_size=4)):
            part.rstrip()
            yield Text().append_text(blank if number else self.lead).append_text(part)


Lines = Iterable[Hanging | Text]
