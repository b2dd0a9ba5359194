"""Puts hunks into a text, each where its context and removed lines are."""

from dataclasses import dataclass

from tools.nearest import numbered, show_nearest
from tools.patch.model import Hunk, HunkLine
from tools.text_file import TextFile

MOST_PLACES = 4


class Misfit(Exception):
    """A hunk does not fit, or fits in several places; the text is for the model."""


@dataclass(frozen=True)
class FileLine:
    """A line and its break: LF, CRLF, or nothing at the end of the file."""

    text: str
    newline: str


@dataclass(frozen=True)
class Placed:
    """Lines `start` to `end` of the file, counted from 0, become those of the hunk."""

    hunk: Hunk
    start: int
    end: int


def apply_hunks(file: TextFile, hunks: tuple[Hunk, ...]) -> tuple[str, list[str]]:
    """The text with all hunks in it, and notes on hunks that were not where their headers say. Raises Misfit
    with all hunks that do not fit."""
    lines = split_file(file.text)
    placed: list[Placed] = []
    misfits: list[str] = []
    notes: list[str] = []
    for number, hunk in enumerate(hunks, start=1):
        try:
            place = _place(lines, hunk, placed)
        except Misfit as misfit:
            misfits.append(f"hunk {number} of {len(hunks)} {misfit}")
            continue
        placed.append(place)
        if hunk.start is not None and place.start + 1 != hunk.start and hunk.old:
            notes.append(f"hunk {number} is at line {place.start + 1}, not {hunk.start}")
    if misfits:
        raise Misfit("\n\n".join(misfits))
    for place in sorted(placed, key=lambda place: place.start, reverse=True):
        lines[place.start : place.end] = _replaced(lines[place.start : place.end], place.hunk, file.newline)
    return join_file(lines, file.newline), notes


def split_file(text: str) -> list[FileLine]:
    *whole, rest = text.split("\n")
    lines = [FileLine(line[:-1], "\r\n") if line.endswith("\r") else FileLine(line, "\n") for line in whole]
    return [*lines, FileLine(rest, "")] if rest else lines


def join_file(lines: list[FileLine], newline: str) -> str:
    """Only the last line may lack its break."""
    inner = (line.text + (line.newline or newline) for line in lines[:-1])
    return "".join(inner) + (lines[-1].text + lines[-1].newline if lines else "")


def _place(lines: list[FileLine], hunk: Hunk, placed: list[Placed]) -> Placed:
    if not hunk.old:
        return _insertion(lines, hunk)
    size = len(hunk.old)
    starts = [start for start in _fits(lines, hunk) if not _taken(start, start + size, placed)]
    if hunk.start is not None and hunk.start - 1 in starts:
        starts = [hunk.start - 1]
    if len(starts) == 1:
        return Placed(hunk, starts[0], starts[0] + size)
    if starts:
        raise Misfit(_several(lines, hunk, starts))
    nearest = show_nearest([line.text for line in lines], [line.text for line in hunk.old], "the hunk")
    raise Misfit(f"does not fit:\n{hunk}\n{nearest}")


def _insertion(lines: list[FileLine], hunk: Hunk) -> Placed:
    """A hunk without context goes after the line that its header names."""
    if not lines:
        return Placed(hunk, 0, 0)
    if hunk.start is None or hunk.start > len(lines):
        raise Misfit(f"has no context, and its header names no line of the file ({len(lines)} lines):\n{hunk}")
    return Placed(hunk, hunk.start, hunk.start)


def _fits(lines: list[FileLine], hunk: Hunk) -> list[int]:
    """Where the old side of the hunk is: to the letter, else up to blanks at the ends of lines."""
    exact = _windows([line.text for line in lines], [line.text.removesuffix("\r") for line in hunk.old])
    return exact or _windows([line.text.rstrip() for line in lines], [line.text.rstrip() for line in hunk.old])


def _windows(lines: list[str], wanted: list[str]) -> list[int]:
    return [
        start
        for start in range(len(lines) - len(wanted) + 1)
        if lines[start] == wanted[0] and lines[start : start + len(wanted)] == wanted
    ]


def _taken(start: int, end: int, placed: list[Placed]) -> bool:
    return any(start < other.end and other.start < end for other in placed)


def _several(lines: list[FileLine], hunk: Hunk, starts: list[int]) -> str:
    texts = [line.text for line in lines]
    shown = [numbered(texts, start, start + len(hunk.old)) for start in starts[:MOST_PLACES]]
    where = ", ".join(str(start + 1) for start in starts[:20])
    return (
        f"fits at lines {where}, none of which is the one in its header. Correct the header's line, or add "
        f"context:\n{hunk}\nThe places:\n" + "\n    --\n".join(shown)
    )


def _replaced(old: list[FileLine], hunk: Hunk, newline: str) -> list[FileLine]:
    """The hunk's new side. Context keeps the file's own bytes."""
    kept = iter(old)
    new: list[FileLine] = []
    for line in hunk.lines:
        if line.sign == "+":
            new.append(FileLine(line.text.removesuffix("\r"), newline if line.newline else ""))
            continue
        current = next(kept)
        if line.sign == " ":
            new.append(current)
    unended = old and not old[-1].newline
    if unended and new and not hunk.says_where_the_file_ends:
        # The diff does not know that the file's last line has no break: that stays so.
        new[-1] = FileLine(new[-1].text, "")
    return new


def added_text(lines: tuple[HunkLine, ...]) -> str:
    """The content of a new file."""
    return "".join(line.text + ("\n" if line.newline else "") for line in lines if line.sign == "+")
