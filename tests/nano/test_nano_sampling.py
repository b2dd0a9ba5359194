"""Speculation keeps the distribution: what is drawn with drafts is as likely as without."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from model_runtime.base import Sampling
from model_runtime.nano.constraint import Rule, Test
from model_runtime.nano.sampling import distribution, draw, permitted
from model_runtime.nano.speculate import verified

DRAWS = 4_000
LOGITS = np.array([[2.0, 1.0, 0.5, -1.0], [0.0, 1.5, 1.0, 0.2], [1.0, 0.9, -2.0, 0.3]], np.float32)


def distance(counts: dict[tuple[int, ...], int], expected: dict[tuple[int, ...], float]) -> float:
    """Pearson's chi-squared of the counts; outcomes that are rarer than ten draws in all count as one."""
    assert not any(count for outcome, count in counts.items() if not expected[outcome])
    often = [(counts[key], DRAWS * p) for key, p in expected.items() if DRAWS * p >= 10]
    rest = DRAWS - sum(count for count, _ in often), DRAWS - sum(mean for _, mean in often)
    cells = [*often, rest] if rest[1] >= 10 else often
    return sum((count - mean) ** 2 / mean for count, mean in cells)


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.3, 1.0), (0.6, 0.8)])
@pytest.mark.parametrize("guesses", [[0, 1], [3, 0], [2, 2]])
def test_tokens_are_as_likely_as_without_drafts(temperature: float, top_p: float, guesses: list[int]) -> None:
    """The first two tokens of 4,000 draws against their exact probabilities. The second row of logits holds
    whatever the first token was; where the first guess fails, the next pass draws from it."""
    sampling = Sampling(temperature=temperature, top_p=top_p)
    random = np.random.default_rng(7)
    first, second = (distribution(row, sampling) for row in LOGITS[:2])
    expected = {(a, b): float(first[a] * second[b]) for a, b in product(range(4), repeat=2)}
    counts = dict.fromkeys(expected, 0)
    for _ in range(DRAWS):
        tokens = verified(LOGITS, guesses, sampling, random)
        if len(tokens) < 2:
            tokens.append(draw(second, random))
        counts[tokens[0], tokens[1]] += 1
    outcomes = sum(1 for p in expected.values() if p)
    # A chi-squared with n degrees of freedom exceeds n + 5 * sqrt(2 n) + 10 less than once in 10,000 times.
    assert distance(counts, expected) < outcomes + 5 * np.sqrt(2 * outcomes) + 10


def test_a_wrong_rule_would_be_noticed() -> None:
    """The same measure, for a rule that draws again without leaving the failed guess out."""
    first = distribution(LOGITS[0], Sampling(temperature=1.0, top_p=1.0))
    expected = {(token,): float(p) for token, p in enumerate(first)}
    random = np.random.default_rng(7)
    counts = dict.fromkeys(expected, 0)
    for _ in range(DRAWS):
        token = 1 if random.random() < first[1] else draw(first, random)
        counts[token,] += 1
    assert distance(counts, expected) > 4 + 5 * np.sqrt(8) + 10


def test_top_p_keeps_the_token_that_reaches_it() -> None:
    even = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    assert distribution(even, Sampling(temperature=1, top_p=0.6)) == pytest.approx([0.625, 0.375, 0, 0])
    assert distribution(even, Sampling(temperature=1, top_p=0.01)) == pytest.approx([1, 0, 0, 0])


def test_greedy_takes_guesses_as_long_as_they_are_its_own() -> None:
    greedy = Sampling(temperature=0)
    random = np.random.default_rng(0)
    assert verified(LOGITS, [0, 1], greedy, random) == [0, 1, 0]
    assert verified(LOGITS, [0, 2], greedy, random) == [0, 1]
    assert verified(LOGITS, [1, 1], greedy, random) == [0]


def not_(*tokens: int) -> Rule:
    return lambda _before: lambda token: token not in tokens


def test_what_is_not_allowed_is_never_said_and_a_guess_of_it_never_stands() -> None:
    greedy, warm, random = Sampling(temperature=0), Sampling(temperature=1.0), np.random.default_rng(0)
    assert verified(LOGITS, [0, 1], greedy, random, not_(0)) == [1]
    assert verified(LOGITS, [1, 1], greedy, random, not_(0)) == [1, 1, 1]
    for _ in range(200):
        assert not {0, 2} & set(verified(LOGITS, [0, 1], warm, random, not_(0, 2)))


def test_the_rule_is_asked_with_what_was_said_in_this_pass() -> None:
    asked: list[tuple[tuple[int, ...], int]] = []

    def rule(before: Sequence[int]) -> Test:
        return lambda token: asked.append((tuple(before), token)) is None

    verified(LOGITS, [0, 1], Sampling(temperature=0), np.random.default_rng(0), rule)
    assert asked == [((), 0), ((0,), 1), ((0, 1), 0)]


def test_what_is_allowed_is_as_likely_among_itself_as_before() -> None:
    warm = Sampling(temperature=0.7)
    likely = permitted(LOGITS[0], warm, not_(0)([]))
    assert likely is not None
    expected = distribution(LOGITS[0], warm) * [0, 1, 1, 1]
    assert distribution(likely, warm) == pytest.approx(expected / expected.sum())


def test_where_nothing_is_allowed_nothing_more_is_said() -> None:
    greedy, random = Sampling(temperature=0), np.random.default_rng(0)
    assert verified(LOGITS, [0, 1], greedy, random, not_(0, 1, 2, 3)) == []
    once = verified(LOGITS, [0, 1], greedy, random, lambda before: lambda _token: not before)
    assert once == [0]
