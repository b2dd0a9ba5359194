"""Guesses from what stands in the context already (prompt lookup decoding, Saxena 2023).

What a coding agent writes is for the most part quoted: where the last tokens have stood before, what followed
them there is likely to follow here. Such a guess costs nothing but its place in the next pass, so a quotation that
goes well is guessed in ever longer pieces.
"""

from collections.abc import Sequence

import numpy as np

ALIKE = 4
"""Tokens that have to be the same."""
FIRST, MOST = 3, 15
"""Guesses at once: for a start, and where they go on to be right."""


class Lookup:
    """Of one reply."""

    def __init__(self) -> None:
        self._reach = FIRST
        self._guessed = 0

    def guess(self, tokens: Sequence[int], room: int) -> list[int]:
        """What followed, up to `room` tokens, the last time that the last `ALIKE` of `tokens` stood anywhere."""
        guesses = _followed(tokens, min(self._reach, room))
        self._guessed = len(guesses)
        return guesses

    def tell(self, right: int) -> None:
        """How many of the guesses were right."""
        self._reach = min(2 * self._reach + 1, MOST) if right == self._guessed else max(FIRST, right)


def _followed(tokens: Sequence[int], most: int) -> list[int]:
    seen = np.asarray(tokens)
    places = len(seen) - ALIKE
    if places <= 0:
        return []
    same = np.ones(places, bool)
    for at in range(ALIKE):
        same &= seen[at : at + places] == seen[places + at]
    found = np.flatnonzero(same)
    if not len(found):
        return []
    start = int(found[-1]) + ALIKE
    return list(tokens[start : start + most])
