"""What the attempts used."""

from collections.abc import Callable, Sequence

from evals.reports.model import Row, Spending
from evals.reports.statistics import mean, median
from evals.running.records import Cost
from evals.running.results import Result

THINGS: tuple[tuple[str, str, Callable[[Cost], float]], ...] = (
    ("steps", "", lambda cost: cost.steps),
    ("tokens read", "tokens", lambda cost: cost.prompt_tokens),
    ("of them cached", "tokens", lambda cost: cost.cached_tokens),
    ("tokens written", "tokens", lambda cost: cost.completion_tokens),
    ("seconds", "s", lambda cost: cost.seconds),
    ("model seconds", "s", lambda cost: cost.model_seconds),
    ("tool seconds", "s", lambda cost: cost.tool_seconds),
    ("GPU-seconds", "s", lambda cost: cost.gpu_seconds),
    ("energy in joules", "J", lambda cost: cost.joules),
)


def spending_of(rows: Sequence[Row]) -> tuple[Spending, ...]:
    """Of the rows with a result; what none of them used is left out."""
    counted = [row for row in rows if row.state in ("graded", "ungraded")]
    resolved = [row for row in counted if row.resolved]
    found = []
    for name, unit, of in THINGS:
        total = sum(of(row.cost) for row in counted)
        if not total:
            continue
        found.append(
            Spending(
                name=name,
                unit=unit,
                total=total,
                median=median([of(row.cost) for row in counted]),
                median_resolved=median([of(row.cost) for row in resolved]) if resolved else None,
                for_each_resolved=total / len(resolved) if resolved else None,
            )
        )
    return tuple(found)


def acceptance_of(rows: Sequence[Row]) -> float | None:
    """The mean number of tokens that a decoding step gave, over the attempts whose server told; None if none."""
    told = [row.cost.accept_length for row in rows if row.cost.accept_length > 0]
    return mean(told) if told else None


def wasted_on(results: Sequence[Result]) -> Cost:
    """What the attempts used that do not count: those that infrastructure ended, and those made again."""
    costs = [
        attempt.ended.cost
        for result in results
        for attempt in result.attempts
        if attempt.ended is not None and attempt is not result.counted
    ]
    fields = {name: sum(getattr(cost, name) for cost in costs) for name in Cost.model_fields}
    return Cost(**fields | {"accept_length": 0.0})
