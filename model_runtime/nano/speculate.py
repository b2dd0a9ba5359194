"""What the main model makes of the drafter's guesses: exactly what it would have said without them.

Greedy: a guess stands if it is what the model would have chosen. Drawn: the drafter guesses one token for
certain, so by the rule of speculative sampling (Leviathan et al. 2023, arXiv 2211.17192) a guess stands with
the probability p that the model gives it, and otherwise the token is drawn from p without the guess. Together
that is p: p(guess) for the guess, and (1 - p(guess)) * p(x) / (1 - p(guess)) = p(x) for every other token x.
"""

from collections.abc import Sequence

import numpy as np

from model_runtime.nano.constraint import Rule
from model_runtime.nano.products import Matrix
from model_runtime.nano.sampling import Drawing, distribution, draw, permitted


def verified(
    logits: Matrix,
    guesses: Sequence[int],
    drawing: Drawing,
    random: np.random.Generator,
    rule: Rule | None = None,
) -> list[int]:
    """The tokens that come next, at least one and at most one more than guesses. logits: [guesses + 1,
    vocabulary], the model's at the newest token and at each guess. `rule` is asked with those of this call; where
    it allows nothing, no more tokens come, or none."""
    tokens: list[int] = []
    for at, row in enumerate(logits):
        likely = permitted(row, drawing, rule(tokens)) if rule else row
        if likely is None:
            break
        guess = guesses[at] if at < len(guesses) else None
        token = int(likely.argmax()) if drawing.temperature == 0 else _drawn(likely, guess, drawing, random)
        tokens.append(token)
        if token != guess:
            break
    return tokens


def _drawn(logits: Matrix, guess: int | None, drawing: Drawing, random: np.random.Generator) -> int:
    probabilities = distribution(logits, drawing)
    if guess is not None:
        if random.random() < probabilities[guess]:
            return guess
        probabilities[guess] = 0
    return draw(probabilities, random)
