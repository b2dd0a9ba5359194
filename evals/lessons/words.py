"""Names that are never the same: words, words joined, and made-up ones. Training and held-out share none."""

import keyword
import zlib
from functools import cache
from importlib.resources import files
from random import Random

HELD_OUT_SHARE = 4
"""One word of so many is never in a training name."""

MADE_UP, MADE_UP_IN_TRAINING = 0.2, 0.35
"""The share of made-up words: more of them in training, so that names are copied and not remembered."""

BEGINNINGS: tuple[str, ...] = (*"bcdfghjklmnprstvz", "br", "dr", "gl", "pr", "qu")
MIDDLES: tuple[str, ...] = (*"aeiou", "ai", "ea", "oo")
ENDS: tuple[str, ...] = (*"bdlmnprstx", "ck", "nt", "rk", "st")


class Words:
    """Draws names. `held_out` draws from the words that training never sees."""

    def __init__(self, rng: Random, *, held_out: bool) -> None:
        self._rng = rng
        self._held_out = held_out
        self._known = _split()[held_out]
        self._made_up_share = MADE_UP if held_out else MADE_UP_IN_TRAINING

    def word(self) -> str:
        """A word of the list, or a made-up one."""
        return self._made_up() if self._rng.random() < self._made_up_share else self._rng.choice(self._known)

    def identifier(self) -> str:
        """One word, or two joined by an underscore."""
        return self.word() if self._rng.random() < 0.7 else f"{self.word()}_{self.word()}"

    def class_name(self) -> str:
        return "".join(self.word().capitalize() for _ in range(self._rng.choice((1, 1, 2))))

    def _made_up(self) -> str:
        while True:
            rng = self._rng
            syllables = rng.choice((1, 2, 2, 3))
            begun = "".join(rng.choice(BEGINNINGS) + rng.choice(MIDDLES) for _ in range(syllables))
            word = begun + rng.choice(ENDS)
            if is_held_out(word) == self._held_out and _is_free(word):
                return word


def _is_free(word: str) -> bool:
    """Whether a function, a module or a variable may be called so."""
    return not (keyword.iskeyword(word) or word == "set" or word.startswith("test"))


def is_held_out(word: str) -> bool:
    return zlib.crc32(word.encode()) % HELD_OUT_SHARE == 0


@cache
def _split() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words for training, and those held out."""
    words = files("evals.lessons").joinpath("words.txt").read_text(encoding="utf-8").split()
    return tuple(w for w in words if not is_held_out(w)), tuple(w for w in words if is_held_out(w))
