"""Guesses from what stands in the context already (prompt lookup decoding, Saxena 2023).

What a coding agent writes is for the most part quoted: where the last tokens have stood before, what followed
them there is likely to follow here. Such a guess costs nothing but its place in the next pass. The more tokens are
the same, the longer the quotation goes on.
"""

from collections import defaultdict
from collections.abc import Sequence

ALIKE = 2
"""Tokens that have to be the same."""
QUOTED = 16
"""So many that are the same are a quotation of whole lines."""
SOME, MOST = 5, 15
"""Guesses behind some tokens that are the same, and in a quotation. With the newest token they are the 16 rows
that a pass takes together (`products.FEW`)."""


class Lookup:
    """What has stood in one sequence, which grows from call to call."""

    def __init__(self) -> None:
        self._behind = defaultdict[tuple[int, int], list[int]](list)
        self._known = ALIKE

    def guess(self, tokens: Sequence[int], guessed: Sequence[int], room: int) -> list[int]:
        """What may follow `tokens` and the `guessed` ones behind them, up to `room` tokens: what followed where
        most of the last ones have stood in `tokens` before, the last time if there are several."""
        self._read(tokens)
        together = [*tokens, *guessed]
        if len(together) < ALIKE:
            return []
        alike, start = 0, 0
        for place in reversed(self._behind.get((together[-2], together[-1]), ())):
            same = self._alike(together, place)
            if same > alike:
                alike, start = same, place
            if same == QUOTED:
                break
        if not alike:
            return []
        return together[start : start + min(room, MOST - len(guessed), MOST if alike == QUOTED else SOME)]

    def _read(self, tokens: Sequence[int]) -> None:
        """All pairs of them but the last, behind which nothing has followed."""
        for end in range(self._known, len(tokens)):
            self._behind[tokens[end - 2], tokens[end - 1]].append(end)
        self._known = max(self._known, len(tokens))

    @staticmethod
    def _alike(tokens: Sequence[int], place: int) -> int:
        """How many tokens before `place` are those at the end, `QUOTED` at most; two of them are."""
        same = ALIKE
        while same < min(QUOTED, place) and tokens[place - 1 - same] == tokens[-1 - same]:
            same += 1
        return same
