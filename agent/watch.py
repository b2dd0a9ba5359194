"""Output on its way to a screen, bounded: a command that prints faster than it draws must not fill memory."""

from collections.abc import Callable

WAITING = 64
"""Pieces that may wait. What comes beyond is not shown; the model, and the file in the sandbox, have it."""


class BoundedWatch:
    """Hands output on while fewer than WAITING pieces wait, and says how much it left out."""

    def __init__(self, emit: Callable[[str], None], waiting: Callable[[], int]) -> None:
        self._emit = emit
        self._waiting = waiting
        self._left_out = 0

    def __call__(self, text: str) -> None:
        if self._waiting() >= WAITING:
            self._left_out += len(text)
            return
        if self._left_out:
            self._emit(f"\n[{self._left_out:,} characters not shown]\n")
            self._left_out = 0
        self._emit(text)
