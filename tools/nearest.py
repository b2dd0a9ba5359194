"""The stretch of a file that is most like some quoted lines: what a failed edit shows instead of "not found"."""

import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT = 2
MOST_LINES = 40
# Comparing line by line costs about 20 µs a pair: this keeps a search under half a second.
MOST_PAIRS = 20_000
LIKE_ENOUGH = 0.6
# Characters of a line that are compared.
MOST_COMPARED = 500
# Lines longer than this are data, and shown in part.
LONGEST_LINE = 240


@dataclass(frozen=True)
class Nearest:
    """Lines `start` to `end` of the file, counted from 0, `end` not included."""

    start: int
    end: int


def find_nearest(lines: list[str], wanted: list[str]) -> Nearest | None:
    """Where `lines` are most like `wanted`, or None if nothing is like it at all.

    Lines that are equal but for white space vote for where the quote begins, longer lines with more weight; if
    none is equal, the line most like the quote's longest line decides.
    """
    places: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        places.setdefault(_key(line), []).append(number)
    votes: dict[int, float] = defaultdict(float)
    for offset, line in enumerate(wanted):
        key = _key(line)
        same = places.get(key, []) if key else []
        for number in same:
            votes[number - offset] += len(key) / len(same)
    start = _best(votes) if votes else _by_likeness(lines, wanted)
    if start is None:
        return None
    return Nearest(max(start, 0), min(max(start, 0) + len(wanted), len(lines)))


def numbered(lines: list[str], start: int, end: int, *, context: int = CONTEXT) -> str:
    """Lines `start` to `end` of the file and some around, each behind its number."""
    first, last = max(start - context, 0), min(end + context, len(lines))
    rows = [f"{number + 1:6}  {_shortened(lines[number])}" for number in range(first, last)]
    if len(rows) > MOST_LINES:
        left_out = len(rows) - MOST_LINES
        half = MOST_LINES // 2
        rows = [*rows[:half], f"     …  ({left_out} lines left out)", *rows[-half:]]
    return "\n".join(rows)


def show_nearest(lines: list[str], wanted: list[str], quote: str) -> str:
    """The nearest lines with their numbers, and the first difference. `quote` names what was looked for."""
    nearest = find_nearest(lines, wanted)
    if nearest is None:
        return f"The file ({len(lines)} lines) has nothing like it."
    shown = numbered(lines, nearest.start, nearest.end)
    difference = _first_difference(lines, wanted, nearest, quote)
    return f"The nearest lines of the file are:\n{shown}\n{difference}"


def split_lines(text: str) -> list[str]:
    """Lines without their line breaks, of either kind; a break at the end begins no further line."""
    lines = re.split(r"\r?\n", text)
    return lines[:-1] if lines[-1] == "" else lines


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}… ({len(line)} characters)"


def _key(line: str) -> str:
    return " ".join(line.split())


def _best(votes: dict[int, float]) -> int:
    return min(votes, key=lambda start: (-votes[start], start))


def _by_likeness(lines: list[str], wanted: list[str]) -> int | None:
    offset = max(range(len(wanted)), key=lambda index: len(wanted[index].strip()), default=None)
    if offset is None or not wanted[offset].strip():
        return None
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(_key(wanted[offset][:MOST_COMPARED]))
    best, best_ratio = None, LIKE_ENOUGH
    for number, line in enumerate(lines[:MOST_PAIRS]):
        matcher.set_seq1(_key(line[:MOST_COMPARED]))
        if matcher.real_quick_ratio() <= best_ratio or matcher.quick_ratio() <= best_ratio:
            continue
        if matcher.ratio() > best_ratio:
            best, best_ratio = number, matcher.ratio()
    return None if best is None else best - offset


def _first_difference(lines: list[str], wanted: list[str], nearest: Nearest, quote: str) -> str:
    for offset, line in enumerate(wanted):
        number = nearest.start + offset
        if number >= len(lines):
            return f"The file ends at line {len(lines)}, but {quote} goes on with {_shortened(line)!r}."
        if lines[number] != line:
            return (
                f"First difference, at line {number + 1}: {quote} has {_shortened(line)!r}, "
                f"the file has {_shortened(lines[number])!r}."
            )
    return ""
