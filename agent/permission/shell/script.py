"""What a line of shell consists of, as far as it can be told without running it."""

from dataclasses import dataclass

Word = str | None
"""A word's value; None where only the shell will know it: a variable, a glob, a substitution."""


class Unreadable(Exception):
    """The text cannot be told apart for certain, so no rule may allow it. The message says what in it is to
    blame."""


@dataclass(frozen=True)
class Command:
    """One command that the shell would run. `words` begins with its name, which is always known. `sets` are the
    names of variables set for it alone; `writes`: its output, or an output of what surrounds it, goes into a
    file. `tail`: more words follow that nobody knows, as from xargs."""

    words: tuple[Word, ...]
    sets: tuple[str, ...] = ()
    writes: bool = False
    tail: bool = False

    @property
    def name(self) -> str:
        return self.words[0] or ""

    @property
    def arguments(self) -> tuple[Word, ...]:
        return self.words[1:]

    def __str__(self) -> str:
        return " ".join("…" if word is None else word for word in self.words)
