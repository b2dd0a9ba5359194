"""Shares, intervals and amounts as people read them."""

from agent.export.words import duration, short_count
from evals.reports.model import Rate


def percent(share: float) -> str:
    """`53.6%`"""
    return f"{share:.1%}"


def interval(low: float, high: float) -> str:
    """`49.2 to 57.9%`"""
    return f"{low * 100:.1f} to {high:.1%}"


def rate(found: Rate) -> str:
    """`268 of 500, 53.6%`"""
    if not found.total:
        return "none graded"
    return f"{found.count:,} of {found.total:,}, {percent(found.share)}"


def amount(value: float | None, unit: str) -> str:
    """`1.2M`, `3 min 12 s`, `14.5`; a dash for what is not known."""
    if value is None:
        return "-"
    if unit == "s":
        return duration(value)
    return f"{value:.1f}".removesuffix(".0") if value < 100 else short_count(round(value))


def p_value(p: float) -> str:
    """`p = 0.039`, `p < 0.0001`"""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
