"""The statistics of a report, against values from elsewhere and against what must always hold."""

from math import comb, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.reports.intervals import Z95, wilson
from evals.reports.statistics import (
    bootstrap,
    mcnemar,
    mean,
    median,
    pass_at_k,
    pass_hat_k,
    quantile,
)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0)],
)
def test_wilson_against_published_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(2, 2000).flatmap(lambda trials: st.tuples(st.integers(1, trials - 1), st.just(trials))))
def test_wilsons_ends_are_the_shares_that_the_score_test_just_allows(pair: tuple[int, int]) -> None:
    successes, trials = pair
    for end in wilson(successes, trials):
        score = (successes / trials - end) ** 2 / (end * (1 - end) / trials)
        assert score == pytest.approx(Z95**2, rel=1e-6)


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 2000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_share_lies_in_its_interval_and_more_trials_narrow_it(pair: tuple[int, int]) -> None:
    successes, trials = pair
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    closer_low, closer_high = wilson(successes * 4, trials * 4)
    assert closer_high - closer_low < high - low
    mirrored_low, mirrored_high = wilson(trials - successes, trials)
    assert (1 - mirrored_high, 1 - mirrored_low) == (pytest.approx(low), pytest.approx(high))


def test_pass_at_k_against_known_values() -> None:
    assert pass_at_k(5, 2, 1) == pytest.approx(0.4)
    assert pass_at_k(10, 3, 5) == pytest.approx(1 - comb(7, 5) / comb(10, 5))
    assert pass_hat_k(4, 3, 2) == pytest.approx(0.5)


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_all_right_is_never_likelier_than_one_right(case: tuple[int, int, int]) -> None:
    samples, right, k = case
    assert 0 <= pass_hat_k(samples, right, k) <= right / samples + 1e-12
    assert right / samples - 1e-12 <= pass_at_k(samples, right, k) <= 1
    assert pass_at_k(samples, right, 1) == pytest.approx(right / samples)
    assert pass_hat_k(samples, right, 1) == pytest.approx(right / samples)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(0, 0, 1.0), (1, 8, 0.0390625), (3, 3, 1.0), (0, 5, 0.0625), (5, 15, 0.04138946533203125)],
)
def test_mcnemar_against_the_binomial_test(first: int, second: int, p: float) -> None:
    assert mcnemar(first, second) == pytest.approx(p)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_takes_no_side(first: int, second: int) -> None:
    assert mcnemar(first, second) == mcnemar(second, first)
    assert 0 < mcnemar(first, second) <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_bootstrap_interval_lies_among_the_values_and_is_the_same_each_time(values: list[float]) -> None:
    low, high = bootstrap(values, resamples=100)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap(values, resamples=100) == (low, high)


def test_a_bootstrap_interval_is_about_as_wide_as_the_normal_one() -> None:
    low, high = bootstrap([0.0] * 50 + [1.0] * 50)
    assert low == pytest.approx(0.402, abs=0.02)
    assert high == pytest.approx(0.598, abs=0.02)
    assert all(isnan(end) for end in bootstrap([]))


def test_quantiles_lie_between_values() -> None:
    assert median([3, 1, 2]) == 2
    assert median([1, 2, 3, 4]) == 2.5
    assert quantile([0, 10], 0.25) == 2.5
    assert (median([]), mean([])) == (0, 0)
