"""Why a replacement cannot be made, told so that the next call can be right."""

import re

from tools.nearest import numbered, show_nearest, split_lines
from tools.str_replace.match import Span, find_exact

MOST_PLACES = 4
# A shorter new_str is in many files by chance.
TELLING_LENGTH = 8
LINE_NUMBER = re.compile(r"\s*\d+(\t|:|\s*[|│]| {2})")


class NoEdit(Exception):
    """The replacement cannot be made; the text is for the model."""


def ambiguous(text: str, places: list[Span], found: str) -> str:
    """Shows the places, each with the lines around it that could tell it from the others."""
    lines = split_lines(text)
    starts = [text.count("\n", 0, place.start) for place in places]
    ends = [text.count("\n", 0, max(place.end - 1, place.start)) + 1 for place in places]
    shown = [numbered(lines, start, end) for start, end in zip(starts, ends, strict=True)][:MOST_PLACES]
    rest = f"\n({len(places) - MOST_PLACES} more)" if len(places) > MOST_PLACES else ""
    numbers = ", ".join(str(start + 1) for start in starts[:20])
    return (
        f"{found}, at lines {numbers}; nothing was changed. "
        "Include more of the lines around the one that you mean:\n" + "\n    --\n".join(shown) + rest
    )


def not_found(text: str, old: str, new: str) -> str:
    if not text:
        return "old_str is not in the file: the file is empty. An empty old_str fills it."
    hints = "".join(f" {hint}" for hint in _hints(text, old, new))
    nearest = show_nearest(split_lines(text), split_lines(old), "old_str")
    return f"old_str is not in the file; nothing was changed.{hints}\n{nearest}"


def _hints(text: str, old: str, new: str) -> list[str]:
    hints = []
    if len(new.strip()) >= TELLING_LENGTH and (there := find_exact(text, new)):
        line = text.count("\n", 0, there[0].start) + 1
        hints.append(f"new_str is there already, at line {line}: this edit may have been made before.")
    quoted = [line for line in split_lines(old) if line.strip()]
    if quoted and all(LINE_NUMBER.match(line) for line in quoted):
        hints.append("It seems to hold line numbers: leave them out.")
    if "\\n" in old and find_exact(text, old.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')):
        hints.append("It is there if its \\n is read as a line break: give real line breaks.")
    return hints
