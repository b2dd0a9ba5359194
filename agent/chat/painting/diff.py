"""A diff as people read it: the file's name, what was added and removed, line numbers in the margin."""

from collections.abc import Iterator

from rich.text import Text

from agent.chat.painting.hanging import Hanging
from agent.export.unified import FileDiff, Line, parse_diff
from agent.export.visible import visible
from agent.screen.cut import WIDEST, readable_diff

STYLES = {"added": "green", "removed": "red", "same": "", "hunk": "cyan dim", "note": "dim"}
SIGNS = {"added": "+", "removed": "-", "same": " ", "hunk": " ", "note": " "}


def diff_lines(diff: str, most: int | None = None) -> list[Hanging]:
    """One by one; of a diff longer than `most` the beginning, and how much is missing."""
    files = parse_diff(diff)
    if files:
        lines = [line for file in files for line in _file(file)]
    else:
        lines = [Hanging("", Text(visible(line), style=plain_style(line))) for line in readable_diff(diff)]
    if most is None or len(lines) <= most + 1:
        return lines
    return [
        *lines[:most],
        Hanging("  ", Text(f"… {len(lines) - most:,} more lines; /show opens all of them", "dim")),
    ]


def replacement_lines(old: str, new: str) -> list[Hanging]:
    """What goes and what comes, where no numbers are known yet."""
    removed = [Line("removed", line) for line in old.split("\n")]
    added = [Line("added", line) for line in new.split("\n")] if new else []
    return [_line(line, 0) for line in (*removed, *added)]


def plain_style(line: str) -> str:
    return {"+": "green", "-": "red", "@": "cyan dim"}.get(line[:1], "")


def _file(file: FileDiff) -> Iterator[Hanging]:
    yield Hanging("", heading(file))
    if file.binary:
        yield Hanging("  ", Text("binary, not shown", style="dim"))
        return
    numbers = [number for line in file.lines for number in (line.old, line.new) if number]
    width = len(str(max(numbers, default=1)))
    first = True
    for line in file.lines:
        if line.kind == "hunk":
            if not first:
                yield Hanging(" " * (width + 2), Text("⋯", style="dim"))
            first = False
            continue
        yield _line(line, width)


def heading(file: FileDiff) -> Text:
    name = file.name if not file.old or not file.new or file.old == file.new else f"{file.old} → {file.new}"
    text = Text.assemble(
        (visible(name), "bold"), "  ", (f"+{file.added}", "green"), " ", (f"-{file.removed}", "red")
    )
    return text.append(f"  {', '.join(file.notes)}", style="dim") if file.notes else text


def _line(line: Line, width: int) -> Hanging:
    number = line.new if line.kind != "removed" else line.old
    shown = line.text if len(line.text) <= WIDEST else f"{line.text[:WIDEST]} …"
    style = STYLES[line.kind]
    lead = Text.assemble((f"  {number or '':>{width}} ", "dim"), (f"{SIGNS[line.kind]} ", style))
    return Hanging(lead, Text(visible(shown.expandtabs(4)), style=style))
