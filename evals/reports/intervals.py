"""Intervals around a share."""

from math import sqrt

Z95 = 1.959963984540054
"""The standard normal's quantile for 95%, both sides."""


def wilson(successes: int, total: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a binomial share (Wilson 1927, JASA 22:209): both ends between 0 and 1. Without any
    trial nothing is known: 0 to 1."""
    if total == 0:
        return 0.0, 1.0
    share = successes / total
    middle = share + z * z / (2 * total)
    reach = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    whole = 1 + z * z / total
    # At the ends the bound is exact, and rounding must not put it a hair beside.
    low = 0.0 if successes == 0 else (middle - reach) / whole
    high = 1.0 if successes == total else (middle + reach) / whole
    return low, high
