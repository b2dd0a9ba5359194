"""Where `old_str` is in a file's text: exactly, or up to white space."""

import re
from dataclasses import dataclass

BLANK = r"[^\S\r\n]"
BREAK = r"\r?\n"
WORD_OR_SPACE = re.compile(r"\s+|\S+")


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` of the text."""

    start: int
    end: int


def find_exact(text: str, old: str) -> list[Span]:
    """All places of `old`, overlapping ones too, because they make a replacement just as ambiguous. Line breaks
    of either kind are taken as equal where none is the same to the byte."""
    if "\n" not in old:
        return [Span(start, start + len(old)) for start in _positions(text, old)]
    # Never by plain search: an `old` that begins with a line feed must not split a CRLF.
    pattern = BREAK.join(re.escape(part) for part in re.split(BREAK, old))
    spans = [
        Span(*found.span(1)) for found in re.finditer(f"(?=({pattern}))", text) if _whole(text, found.start())
    ]
    return [span for span in spans if text[span.start : span.end] == old] or spans


def find_loose(text: str, old: str) -> list[Span]:
    """All places that differ from `old` in white space alone: in how much of it there is between two words,
    not in where the words and line breaks are. None if `old` is nothing but white space."""
    if not old.strip():
        return []
    parts = WORD_OR_SPACE.findall(old)
    last = len(parts) - 1
    pattern = "".join(
        _space(part, first=index == 0, last=index == last) if part.isspace() else re.escape(part)
        for index, part in enumerate(parts)
    )
    return [Span(found.start(), found.end()) for found in re.finditer(pattern, text, re.MULTILINE)]


def _whole(text: str, start: int) -> bool:
    """Whether `start` is not between the two halves of a CRLF."""
    return not (text.startswith("\n", start) and text.endswith("\r", 0, start))


def _positions(text: str, old: str) -> list[int]:
    positions = []
    start = text.find(old)
    while start >= 0:
        positions.append(start)
        start = text.find(old, start + 1)
    return positions


def _space(run: str, *, first: bool, last: bool) -> str:
    """A pattern for a run of white space with as many line breaks as `run`. Runs are entered at their beginning
    only, and never given back: anything else is quadratic on a file of blanks."""
    breaks = run.count("\n")
    enter = f"(?<!{BLANK})" if first else ""
    if breaks == 0:
        # At the edge of a line there may be none at all.
        at_edge = f"|^{BLANK}*+" if first else "|(?=\\r?\\n|\\Z)" if last else ""
        return f"(?:{enter}{BLANK}++{at_edge})"
    if not last:
        return f"{enter}{BLANK}*+(?:{BREAK}{BLANK}*+){{{breaks}}}"
    # What follows the last line break is the next line's indentation, which is not the call's business unless
    # it names it; and the file's last line may lack its break.
    inner = f"(?:{BREAK}{BLANK}*+){{{breaks - 1}}}"
    tail = "" if run.endswith("\n") else f"{BLANK}*+"
    return f"{BLANK}*+{inner}(?:{BREAK}{tail}|\\Z)"
