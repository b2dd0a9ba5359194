"""Sequences that were read before, kept so that another one that begins alike need not be read again.

Every session begins with the same head, and every turn of one with the turns before.
"""

import threading
from dataclasses import dataclass

from model_runtime.nano.cache import ROOM, LayerCache
from model_runtime.nano.drafter import DraftState

TOKENS_KEPT = 16_384
"""Of all kept sequences together; mimosa-nano keeps about 3 kB a token and 2 MB a sequence."""


@dataclass
class State:
    """A sequence and what the layers have kept of it. tokens: may go on beyond `length`, the number of those
    that the model has read."""

    tokens: list[int]
    caches: list[LayerCache]
    drafts: DraftState
    length: int = 0

    def copy(self, room: int = ROOM) -> "State":
        """All that is needed to go on; with `room` 0 as small as can be, only to be copied again."""
        caches = [cache.copy(self.length, room) for cache in self.caches]
        return State(self.tokens[: self.length], caches, self.drafts.copy(room), self.length)


class Prefixes:
    """The sequences used last. May be used from several threads."""

    def __init__(self, tokens_kept: int = TOKENS_KEPT) -> None:
        self._tokens_kept = tokens_kept
        self._states: list[State] = []  # the one used last at the end
        self._lock = threading.Lock()

    def longest(self, ids: list[int]) -> State | None:
        """A copy of the longest kept sequence that `ids` begin with and go on after."""
        with self._lock:
            fitting = [s for s in self._states if s.length < len(ids) and s.tokens == ids[: s.length]]
            if not fitting:
                return None
            best = max(fitting, key=lambda state: state.length)
            self._states.remove(best)
            self._states.append(best)
            return best.copy()

    def keep(self, state: State) -> None:
        """Keep a copy of `state`; the ones used longest ago make room."""
        kept = state.copy(room=0)
        with self._lock:
            self._states = [s for s in self._states if s.tokens != kept.tokens]
            self._states.append(kept)
            while len(self._states) > 1 and sum(s.length for s in self._states) > self._tokens_kept:
                del self._states[0]
