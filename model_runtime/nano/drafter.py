"""The MTP layers (multi-token prediction), which guess the next tokens for the main model to check.

Layer k looks at a token t twice: at the main model's hidden state there, and at the embedding of the token k +
1 further on. From both it predicts the token k + 2 further on. So the first layer guesses from the newest
token alone, and each later layer also from the guess before it. Every layer reads the main model's hidden
state, not that of the layer before: SGLang 0.5.23 runs this model so (`multi_layer_eagle_worker_v2.py`), and
the layers are trained so.

Attention in them is sliding, with keys and values of their own. Those of a token are settled once the token
that the layer reads ahead is known; those that were made with a guess are made again.
"""

from dataclasses import dataclass, field

import numpy as np

from model_runtime.nano.cache import ROOM, SlidingCache
from model_runtime.nano.layers import layer_of_last, unit
from model_runtime.nano.model import Model, rotations
from model_runtime.nano.products import Matrix, product


@dataclass
class DraftState:
    """What the MTP layers have kept of one sequence. from_hidden: [tokens, layers, hidden], the part of their
    input that comes from the main model, from position `first` on. settled: by layer, how many tokens' keys
    stay."""

    caches: list[SlidingCache]
    from_hidden: Matrix
    first: int = 0
    settled: list[int] = field(default_factory=list)

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

    def observe(self, hidden: Matrix, state: DraftState) -> None:
        """The main model's hidden states of the tokens that follow those observed before. Of a long text only
        the end is kept: the layers do not see further."""
        rows = product(unit(hidden, self._model.config.epsilon), self._model.weights.from_hidden)
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
        return int(self._model.logits(unit(out, eps) * weights.norm).argmax())

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
