"""What speculative decoding is expected to bring, from the technical report (arXiv 2601.02780, section 5).

Decoding speed-up with three MTP layers over none, 16K tokens in and 1K out, by requests a node and by acceptance
length (tokens a step).
"""

import math
from dataclasses import dataclass

LENGTHS = (2.8, 3.0, 3.2, 3.4, 3.6, 3.8)
SPEEDUP = {
    32: (1.86, 1.99, 2.12, 2.25, 2.39, 2.52),
    64: (1.97, 2.11, 2.25, 2.39, 2.53, 2.67),
    96: (1.99, 2.13, 2.28, 2.42, 2.56, 2.70),
    128: (1.82, 1.94, 2.07, 2.20, 2.33, 2.46),
}
# The report's LiveCodeBench figure stands for agentic coding; MMLU-Pro and web development are the ends.
CODE, LOW, HIGH = 3.2, 3.0, 3.6


@dataclass(frozen=True)
class Expected:
    """Expected, not measured: acceptance length and decoding speed-up, with the ends of the range."""

    acceptance: float
    acceptance_range: tuple[float, float]
    speedup: float
    speedup_range: tuple[float, float]
    batch: int
    source: str = "technical report, section 5: 16K in, 1K out"


def expected(batch: int) -> Expected:
    """For code, at the row of the table nearest to `batch` requests a node."""
    row = min(SPEEDUP, key=lambda known: abs(known - batch))
    ends = (speedup(row, LOW), speedup(row, HIGH))
    return Expected(CODE, (LOW, HIGH), speedup(row, CODE), ends, row)


def speedup(row: int, length: float) -> float:
    """The table's value, linear between its columns, the ends beyond them."""
    values = SPEEDUP[row]
    if length <= LENGTHS[0]:
        return values[0]
    for left, right, low, high in zip(LENGTHS, LENGTHS[1:], values, values[1:], strict=False):
        if length <= right:
            return low + (high - low) * (length - left) / (right - left)
    return values[-1]


def acceptance_length(entropy: float) -> float:
    """Tokens a step at a next-token entropy in nats: the report's fit, 4·(1 − 0.58·x^0.58)."""  # noqa: RUF002
    return 4 - 2.32 * math.pow(entropy, 0.58)
