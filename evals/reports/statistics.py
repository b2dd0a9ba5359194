"""The few statistics of a report, each in a few lines and without a library.

The interval of a share has its own module, `intervals`. Sources: Chen et al., arXiv:2107.03374 for pass@k; Yao et
al., arXiv:2406.12045 for pass^k; McNemar, Psychometrika 12 (1947), in its exact binomial form, for two runs.
"""

import random
from collections.abc import Callable, Sequence
from math import comb

RESAMPLES = 2000


def pass_at_k(samples: int, right: int, k: int) -> float:
    """How likely one of `k` samples is right, drawn from `samples` of which `right` are. Needs samples >= k."""
    return 1.0 - comb(samples - right, k) / comb(samples, k)


def pass_hat_k(samples: int, right: int, k: int) -> float:
    """How likely all of `k` samples are right. Needs samples >= k."""
    return comb(right, k) / comb(samples, k)


def mcnemar(only_first: int, only_second: int) -> float:
    """The two-sided p-value that two runs are equally good, from the instances that one of them alone resolved."""
    discordant = only_first + only_second
    if discordant == 0:
        return 1.0
    fewer = min(only_first, only_second)
    tail = sum(comb(discordant, count) for count in range(fewer + 1))
    p_value: float = 2 * tail / 2**discordant
    return min(1.0, p_value)


def bootstrap(
    values: Sequence[float],
    statistic: Callable[[Sequence[float]], float] | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """The 95% interval of a statistic of `values`, the mean if none is named, by drawing them anew with
    replacement. The seed is fixed: a report says the same each time. (nan, nan) for no values."""
    if not values:
        return float("nan"), float("nan")
    of = statistic or mean
    draw = random.Random(seed)
    found = sorted(of(draw.choices(values, k=len(values))) for _ in range(resamples))
    return quantile(found, 0.025), quantile(found, 0.975)


def mean(values: Sequence[float]) -> float:
    """0 for no values."""
    return sum(values) / len(values) if values else 0.0


def median(values: Sequence[float]) -> float:
    """0 for no values."""
    return quantile(sorted(values), 0.5)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Between the values that stand around `share` of the way, in proportion; 0 for no values."""
    if not ordered:
        return 0.0
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
