"""Which words a reply may say: those that were read, and those that the checkpoint has learned to say unread.

A model this small copies names piece by piece, and a wrong piece makes a word that nobody has.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from model_runtime.nano.errors import CheckpointBroken

FILE = "words.json"
LETTER = rb"[A-Za-z0-9_\x80-\xff]"
IN_TEXT = re.compile(LETTER + rb"+")
IN_CODE = re.compile(rb"\.?" + LETTER + rb"+")
"""An attribute is another word than a variable."""
UNFINISHED = re.compile(rb"\.?" + LETTER + rb"*\Z")
QUOTED = re.compile(rb"""("{3}|'{3}|"|')(?:\\.|(?!\1).)*(\1|\Z)|#[^\n]*(\n|\Z)""", re.DOTALL)
"""A string or a comment of Python, or the beginning of one."""


@dataclass(frozen=True)
class Learned:
    """The words of a checkpoint that need not be read. `said`: anywhere. `put_in`: into code."""

    said: frozenset[bytes]
    put_in: frozenset[bytes]

    @classmethod
    def read(cls, checkpoint: Path) -> "Learned | None":
        """Of the checkpoint in that folder; None if it does not tell. Raises CheckpointBroken."""
        try:
            data = json.loads((checkpoint / FILE).read_bytes())
            said, put_in = ([word.encode() for word in data[key]] for key in ("said", "put_in"))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointBroken(
                f"{checkpoint / FILE} does not say which words are known: {error!r}."
            ) from error
        return cls(frozenset(said), frozenset(put_in))


class Words:
    """A set of words, all of which match `pattern`."""

    def __init__(self, words: Iterable[bytes], pattern: re.Pattern[bytes]) -> None:
        self._sorted = sorted(words)
        self._pattern = pattern

    def allow(self, said: bytes, token: bytes) -> bool:
        """Whether all words that end in `token` are of these, and the last one may become one of them."""
        begun = UNFINISHED.search(said)
        text = (begun[0] if begun else b"") + token
        found = self._pattern.findall(text)
        if found and text.endswith(found[-1]):
            return self._has_beginning(found.pop()) and all(map(self._has, found))
        return all(map(self._has, found))

    def _has(self, word: bytes) -> bool:
        at = bisect_left(self._sorted, word)
        return at < len(self._sorted) and self._sorted[at] == word

    def _has_beginning(self, word: bytes) -> bool:
        at = bisect_left(self._sorted, word)
        return at < len(self._sorted) and self._sorted[at].startswith(word)


def words_of_text(text: bytes) -> set[bytes]:
    """Letters, digits and underscores, and whatever is not ASCII. What underscores join is a word in parts, too,
    for `test_clamp_2` tests `clamp`."""
    return {part for word in set(IN_TEXT.findall(text)) for part in _parts(word)}


def _parts(word: bytes) -> Iterator[bytes]:
    yield word
    single = word.split(b"_")
    for start, end in combinations(range(len(single) + 1), 2):
        yield b"_".join(single[start:end])


def words_of_code(code: bytes) -> set[bytes]:
    """The words of Python code, attributes with their dot. Of strings and comments only the numbers."""
    numbers = {word for word in IN_TEXT.findall(code) if word[:1].isdigit()}
    return {*IN_CODE.findall(QUOTED.sub(b" ", code)), *numbers}


def ends_quoted(code: bytes) -> bool:
    """Whether the end of Python code is inside of a string or a comment."""
    found = list(QUOTED.finditer(code))
    return bool(found) and found[-1].end() == len(code) and not (found[-1][2] or found[-1][3])
