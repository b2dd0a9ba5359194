"""From logits to a token."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model_runtime.nano.constraint import Test
from model_runtime.nano.products import Matrix

Probabilities = NDArray[np.float64]
UNLIKELY = 1e-4
"""Tokens of a lower probability are not asked about, where others are allowed."""


class Drawing(Protocol):
    """temperature: 0 is greedy. top_p: only the smallest set of tokens that holds so much is drawn from."""

    @property
    def temperature(self) -> float: ...

    @property
    def top_p(self) -> float: ...


def distribution(logits: Matrix, drawing: Drawing) -> Probabilities:
    """The probabilities that a token is drawn from, for logits [vocabulary] and a temperature above 0."""
    scaled = (logits - logits.max()).astype(np.float64) / drawing.temperature
    probabilities = np.exp(scaled)
    probabilities /= probabilities.sum()
    return nucleus(probabilities, drawing.top_p) if drawing.top_p < 1 else probabilities


def nucleus(probabilities: Probabilities, top_p: float) -> Probabilities:
    """The most probable tokens until they hold `top_p`, the one that reaches it included."""
    order = np.argsort(-probabilities, kind="stable")
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = order[before <= top_p]
    out: Probabilities = np.zeros_like(probabilities)
    out[kept] = probabilities[kept]
    out /= out.sum()
    return out


def draw(probabilities: Probabilities, random: np.random.Generator) -> int:
    """One token."""
    cumulated = np.cumsum(probabilities)
    at = np.searchsorted(cumulated, random.random() * cumulated[-1], side="right")
    return int(min(at, np.flatnonzero(probabilities)[-1]))


def permitted(logits: Matrix, drawing: Drawing, allows: Test) -> Matrix | None:
    """The logits of the tokens that `allows` lets come next, as far as they matter, minus infinity for all
    others: greedy, of the likeliest one; else of those of a probability from `UNLIKELY` on, or of one. None if
    there is none."""
    if drawing.temperature == 0 and allows(int(logits.argmax())):
        return logits
    out, found = np.full_like(logits, -np.inf), False
    probabilities = distribution(logits, drawing) if drawing.temperature else None
    for token in np.argsort(-logits, kind="stable").tolist():
        if found and (probabilities is None or probabilities[token] < UNLIKELY):
            break
        if allows(token):
            out[token], found = logits[token], True
    return out if found else None
