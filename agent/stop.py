"""The one way to end a turn from outside: the user interrupts it, or its wall time is over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from agent.events import TurnEnded

Reason = Literal["interrupted", "limit"]


class Stop:
    """Set once, and the turn ends as soon as what it waits for has come to an end."""

    def __init__(self) -> None:
        self.ended: TurnEnded | None = None
        self._calls: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        return self.ended is not None

    def set(self, reason: Reason = "interrupted", detail: str = "") -> None:
        """Ask the turn to end; only the first reason counts."""
        if self.ended is not None:
            return
        self.ended = TurnEnded(reason=reason, detail=detail)
        for call in tuple(self._calls):
            call()

    @contextmanager
    def calling(self, call: Callable[[], None]) -> Iterator[None]:
        """Within the block `call` is called when the stop is set, at once if it was set before."""
        if self.is_set:
            call()
        self._calls.append(call)
        try:
            yield
        finally:
            self._calls.remove(call)
