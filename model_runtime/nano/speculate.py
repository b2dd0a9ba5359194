"""What the main model makes of the drafter's guesses: exactly what it would have said without them.

Greedy: a guess stands if it is what the model would have chosen. Drawn: the drafter guesses one token for
certain, so by the rule of speculative sampling (Leviathan et al. 2023, arXiv 2211.17192) a guess stands with
the probability p that the model gives it, and otherwise the token is drawn from p without the guess. Together
that is p: p(guess) for the guess, and (1 - p(guess)) * p(x) / (1 - p(guess)) = p(x) for every other token x.
"""

from collections.abc import Sequence

import numpy as np

from model_runtime.nano.sampling import Drawing, distribution, draw
from model_runtime.nano.weights import Matrix


def verified(logits: Matrix, guesses: Sequence[int], drawing: Drawing, random: np.random.Generator) -> list[int]:
    """The tokens that come next, at least one and at most one more than guesses. logits: [guesses + 1,
    vocabulary], the model's at the newest token and at each guess."""
    if drawing.temperature == 0:
        return _greedy(logits, guesses)
    return _drawn(logits, guesses, drawing, random)


def _greedy(logits: Matrix, guesses: Sequence[int]) -> list[int]:
    best: list[int] = logits.argmax(axis=1).tolist()
    for at, guess in enumerate(guesses):
        if best[at] != guess:
            return best[: at + 1]
    return best


def _drawn(logits: Matrix, guesses: Sequence[int], drawing: Drawing, random: np.random.Generator) -> list[int]:
    tokens: list[int] = []
    for at, guess in enumerate(guesses):
        probabilities = distribution(logits[at], drawing)
        if random.random() < probabilities[guess]:
            tokens.append(guess)
            continue
        probabilities[guess] = 0
        return [*tokens, draw(probabilities, random)]
    return [*tokens, draw(distribution(logits[-1], drawing), random)]
