"""Where samples ended, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence

from evals.reports.model import Ending, Row
from evals.running.results import Key, Result

ORDER = (
    "resolved",
    "wrong patch",
    "broke tests",
    "no patch",
    "does not apply",
    "limit",
    "timed out",
    "no result",
    "not graded yet",
    "infrastructure",
    "failed in Mimosa",
    "interrupted",
    "unfinished",
    "not begun",
)
_MOST_DETAILS = 3


def endings_of(rows: Sequence[Row], results: Sequence[Result], ungraded: Mapping[Key, str]) -> tuple[Ending, ...]:
    """Each way in which a sample ended, in a fixed order; those that did not happen are left out. `ungraded` says
    why a verdict could not be had."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.ending, []).append(row)
    because = {
        (result.instance_id, result.sample): ungraded.get((result.instance_id, result.sample), "")
        if result.state == "ungraded"
        else _because(result)
        for result in results
    }
    return tuple(
        Ending(
            name=name,
            samples=len(members),
            counted=members[0].state == "graded",
            details=_frequent([because[(row.instance_id, row.sample)] for row in members]),
        )
        for name, members in sorted(found.items(), key=lambda group: ORDER.index(group[0]))
    )


def _because(result: Result) -> str:
    """The word that a limit or an infrastructure error has for itself."""
    last = result.counted or (result.attempts[-1] if result.attempts else None)
    if last is None or last.ended is None:
        return ""
    if last.ended.outcome == "infrastructure":
        return last.ended.infrastructure or last.ended.detail
    if last.grade is not None and last.grade.note:
        return last.grade.note
    return last.ended.detail if last.ended.outcome in ("limit", "failed") else ""


def _frequent(words: Sequence[str]) -> tuple[str, ...]:
    counted = Counter(word for word in words if word).most_common(_MOST_DETAILS)
    return tuple(f"{word} ({count})" if count > 1 else word for word, count in counted)
