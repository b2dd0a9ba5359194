"""Two runs, instance by instance."""

from evals.reports.model import Comparison, Report
from evals.reports.statistics import bootstrap, mcnemar, mean


def compare(first: Report, second: Report) -> Comparison:
    """Over the instances that both have a verdict on: a run's other instances say nothing of the other run."""
    ours, theirs = _shares(first), _shares(second)
    common = [instance_id for instance_id in ours if instance_id in theirs]
    a = {instance_id for instance_id in common if ours[instance_id] > 0.5}
    b = {instance_id for instance_id in common if theirs[instance_id] > 0.5}
    steps = [theirs[instance_id] - ours[instance_id] for instance_id in common]
    low, high = bootstrap(steps) if steps else (0.0, 0.0)
    return Comparison(
        first=first.run,
        second=second.run,
        instances=len(common),
        first_resolved=len(a),
        second_resolved=len(b),
        both=len(a & b),
        neither=len(common) - len(a | b),
        only_first=tuple(sorted(a - b)),
        only_second=tuple(sorted(b - a)),
        p_value=mcnemar(len(a - b), len(b - a)),
        difference=mean(steps),
        low=low,
        high=high,
        only_in_first=len(ours) - len(common),
        only_in_second=len(theirs) - len(common),
        several_samples=max(first.samples, second.samples) > 1,
    )


def _shares(report: Report) -> dict[str, float]:
    """For each instance with a verdict the share of its graded samples that are resolved."""
    found: dict[str, list[float]] = {}
    for row in report.rows:
        if row.resolved is not None:
            found.setdefault(row.instance_id, []).append(float(row.resolved))
    return {instance_id: mean(shares) for instance_id, shares in found.items()}
