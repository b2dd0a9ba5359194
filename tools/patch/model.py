"""A unified diff, taken apart."""

from dataclasses import dataclass
from typing import Literal


class BadPatch(Exception):
    """The diff cannot be read, or cannot be applied; the text is for the model."""


@dataclass(frozen=True)
class HunkLine:
    """`sign` says whether the line is context, removed or added. `newline` is False where the diff says that
    the line ends the file without a line break."""

    sign: Literal[" ", "-", "+"]
    text: str
    newline: bool = True


@dataclass(frozen=True)
class Hunk:
    """`start` is the line, counted from 1, at which the header says that the old side begins; None if it does
    not say."""

    header: str
    start: int | None
    lines: tuple[HunkLine, ...]

    @property
    def old(self) -> tuple[HunkLine, ...]:
        return tuple(line for line in self.lines if line.sign != "+")

    @property
    def says_where_the_file_ends(self) -> bool:
        return not all(line.newline for line in self.lines)

    def __str__(self) -> str:
        return "\n".join([self.header, *(line.sign + line.text for line in self.lines)])


@dataclass(frozen=True)
class FilePatch:
    """What the diff does to one file. `old` is None for a new file, `new` for one that goes; they differ for a
    rename. `executable` is None where the mode stays."""

    old: str | None
    new: str | None
    hunks: tuple[Hunk, ...]
    executable: bool | None = None
