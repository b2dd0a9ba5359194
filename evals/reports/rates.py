"""Shares with their intervals, over rows."""

from collections.abc import Callable, Iterable, Sequence

from evals.reports.intervals import wilson
from evals.reports.model import Group, PassAt, Rate, Row
from evals.reports.statistics import bootstrap, mean, pass_at_k, pass_hat_k


def rate_of(rows: Sequence[Row], *, marked_count: bool = True) -> Rate:
    """How many of the rows with a verdict are resolved; a marked one is not, unless `marked_count`."""
    verdicts = [(row.instance_id, _right(row, marked_count)) for row in rows if row.resolved is not None]
    right = sum(good for _, good in verdicts)
    by_instance = _shares(verdicts)
    if len(by_instance) == len(verdicts):
        low, high = wilson(right, len(verdicts))
        share = right / len(verdicts) if verdicts else 0.0
        return Rate(count=right, total=len(verdicts), share=share, low=low, high=high)
    shares = list(by_instance.values())
    low, high = _interval(shares)
    return Rate(count=right, total=len(verdicts), share=mean(shares), low=low, high=high, method="bootstrap")


def _right(row: Row, marked_count: bool) -> bool:
    return bool(row.resolved) and (marked_count or not row.marks)


def _shares(verdicts: Sequence[tuple[str, bool]]) -> dict[str, float]:
    """For each instance the share of its samples that are right."""
    found: dict[str, list[bool]] = {}
    for instance_id, good in verdicts:
        found.setdefault(instance_id, []).append(good)
    return {instance_id: sum(goods) / len(goods) for instance_id, goods in found.items()}


def groups_of(rows: Sequence[Row], name: Callable[[Row], str]) -> tuple[Group, ...]:
    """The rate of each group, the largest group first; rows without a name are left out."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if name(row):
            found.setdefault(name(row), []).append(row)
    ordered = sorted(found.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(Group(name=key, resolved=rate_of(members)) for key, members in ordered)


def passes_of(rows: Sequence[Row], samples: int) -> tuple[PassAt, ...]:
    """pass@k and pass^k for k = 1, 2, 4, … and `samples`; nothing where each instance was tried once."""
    if samples < 2:
        return ()
    counts: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.resolved is not None:
            tried, right = counts.get(row.instance_id, (0, 0))
            counts[row.instance_id] = (tried + 1, right + row.resolved)
    powers = [2**power for power in range(samples.bit_length()) if 2**power <= samples]
    return tuple(
        _pass_at(list(counts.values()), k) for k in sorted({*powers, samples}) if _enough(counts.values(), k)
    )


def _enough(counts: Iterable[tuple[int, int]], k: int) -> bool:
    return any(tried >= k for tried, _ in counts)


def _pass_at(counts: Sequence[tuple[int, int]], k: int) -> PassAt:
    able = [(tried, right) for tried, right in counts if tried >= k]
    one = [pass_at_k(tried, right, k) for tried, right in able]
    every = [pass_hat_k(tried, right, k) for tried, right in able]
    any_low, any_high = _interval(one)
    every_low, every_high = _interval(every)
    return PassAt(
        k=k,
        instances=len(able),
        any=mean(one),
        any_low=any_low,
        any_high=any_high,
        every=mean(every),
        every_low=every_low,
        every_high=every_high,
    )


def _interval(shares: Sequence[float]) -> tuple[float, float]:
    """The bootstrap's, but where all instances agree: drawing them anew gives no width then, as if nothing could
    come out otherwise, and Wilson's interval for so many instances knows better."""
    if len(set(shares)) == 1 and shares[0] in (0.0, 1.0):
        return wilson(round(sum(shares)), len(shares))
    return bootstrap(shares)
