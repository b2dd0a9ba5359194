"""The MTP layers (multi-token prediction), which guess the next tokens for the main model to check.

Layer k looks at a token t twice: at the main model's hidden state there, and at the embedding of the token k +
1 further on. From both it predicts the token k + 2 further on. So the first layer guesses from the newest
token alone, and each later layer also from the guess before it. Every layer reads the main model's hidden
state, not that of the layer before: SGLang 0.5.23 runs this model so (`multi_layer_eagle_worker_v2.py`), and
the layers are trained so.

Attention in them is sliding, with keys and values of their own. Those of a token are settled once the token
that the layer reads ahead is known; those that were made with a guess are made again.

What costs is to fetch weights from memory, and the head is half of what a small MTP layer has to fetch. Most
guesses repeat what stands in the context, so of a long context only its own words are guessed from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model_runtime.nano.cache import ROOM, SlidingCache
from model_runtime.nano.layers import layer_of_last, unit
from model_runtime.nano.model import Model, rotations
from model_runtime.nano.weights import Matrix

LONG = 512
"""From so many tokens on a context has words enough to guess from."""


@dataclass(frozen=True)
class Words:
    """Tokens to guess from, and their part of the head: [hidden, ids]."""

    ids: NDArray[np.intp]
    head: Matrix


@dataclass
class DraftState:
    """What the MTP layers have kept of one sequence. from_hidden: [tokens, layers, hidden], the part of their
    input that comes from the main model, from position `first` on. settled: by layer, how many tokens' keys
    stay."""

    caches: list[SlidingCache]
    from_hidden: Matrix
    first: int = 0
    settled: list[int] = field(default_factory=list)
    words: Words | None = None

    def copy(self, room: int = ROOM) -> "DraftState":
        caches = [cache.copy(end, room) for cache, end in zip(self.caches, self.settled, strict=True)]
        return DraftState(caches, self.from_hidden.copy(), self.first, list(self.settled))


class Drafter:
    """Stateless, like the model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._weights = model.weights.drafters
        self._angles = rotations(model.config.drafting, model.config.context_length)

    @property
    def layers(self) -> int:
        return len(self._weights)

    def new_state(self) -> DraftState:
        shape = self._model.config.drafting
        nothing = np.empty((0, self.layers, self._model.config.hidden), np.float32)
        return DraftState([SlidingCache(shape) for _ in self._weights], nothing, 0, [0] * self.layers)

    def begin(self, prompt: Sequence[int], state: DraftState) -> None:
        """Choose the words to guess from."""
        state.words = None
        if len(prompt) >= LONG:
            ids = np.unique(np.asarray(prompt))
            state.words = Words(ids, self._model.weights.head[:, ids])

    def observe(self, hidden: Matrix, state: DraftState) -> None:
        """The main model's hidden states of the tokens that follow those observed before. Of a long text only
        the end is kept: the layers do not see further."""
        rows = unit(hidden, self._model.config.epsilon) @ self._model.weights.from_hidden
        rows = np.concatenate((state.from_hidden, rows.reshape(len(hidden), self.layers, hidden.shape[1])))
        surplus = len(rows) - self._model.config.drafting.window - self.layers - 1
        if surplus > 0:
            rows = rows[surplus:].copy()
            state.first += surplus
            self._skip_to(state.first, state)
        state.from_hidden = rows

    def draft(self, tokens: list[int], state: DraftState, count: int) -> list[int]:
        """Up to `count` guesses of what follows `tokens`, of which all but the last were observed."""
        seen = list(tokens[state.first :])
        newest = len(tokens) - 1
        guesses: list[int] = []
        if newest == 0:
            return guesses
        for k in range(min(count, self.layers)):
            guess = self._guess(k, seen, newest, state)
            guesses.append(guess)
            seen.append(guess)
            state.settled[k] = max(state.settled[k], newest - k)
        self._forget(state)
        return guesses

    def _guess(self, k: int, seen: list[int], newest: int, state: DraftState) -> int:
        """What layer `k` says at the last observed token. `seen` begins at position `state.first`."""
        weights = self._weights[k]
        start = state.settled[k]
        at = start - state.first
        ahead = weights.from_token[seen[at + k + 1 : newest - state.first + k + 1]]
        x = state.from_hidden[at : newest - state.first, k] + ahead
        eps = self._model.config.epsilon
        out = layer_of_last(x, weights.layer, state.caches[k], start, self._angles, eps, last=1)
        out = unit(out, eps) * weights.norm
        if state.words is None:
            return int(self._model.logits(out).argmax())
        return int(state.words.ids[(out @ state.words.head).argmax()])

    def _skip_to(self, position: int, state: DraftState) -> None:
        """Leave out tokens that no later token sees."""
        for k, cache in enumerate(state.caches):
            if state.settled[k] < position:
                state.settled[k] = position
                cache.restart(position)

    def _forget(self, state: DraftState) -> None:
        """Drop the rows that every layer has settled."""
        done = min(state.settled) - state.first
        if done > 0:
            state.from_hidden = state.from_hidden[done:]
            state.first += done
