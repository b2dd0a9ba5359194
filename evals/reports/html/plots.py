"""The plots of a report: resolved over time, tokens to a solution, growth of the context, acceptance."""

from collections import Counter
from collections.abc import Sequence

from agent.export.markup import Html, tag
from agent.export.words import short_count
from evals.reports.html.plot import Axis, Series, plot
from evals.reports.model import Report, Row
from evals.reports.statistics import quantile

BIN = 0.25
"""Width of a bar of the acceptance plot, in tokens a decoding step."""

COLOURS = 5

NO_TOKENS = "no tokens were counted"


def plots(reports: Sequence[Report]) -> Html:
    """One line a run in each."""
    return tag(
        "section",
        tag("h2", "Plots", id="plots"),
        tag("div", _over_time(reports), _tokens(reports), _context(reports), _acceptance(reports), class_="plots"),
    )


def _colour(index: int) -> int:
    return index % COLOURS + 1


def _over_time(reports: Sequence[Report]) -> Html:
    longest = max((report.working_seconds for report in reports), default=0.0)
    unit, size = ("hours", 3600) if longest >= 2 * 3600 else ("minutes", 60) if longest >= 120 else ("seconds", 1)
    series = []
    for index, report in enumerate(reports):
        ends = sorted(row.ended_at for row in report.rows if row.resolved and row.ended_at is not None)
        points = [(0.0, 0.0), *((at / size, float(count)) for count, at in enumerate(ends, start=1))]
        if ends:
            points.append((report.working_seconds / size, float(len(ends))))
            series.append(Series(report.run, points, "steps", _colour(index)))
    return plot(
        "Resolved over time",
        Axis(unit, _short),
        Axis("resolved", _short),
        series,
        _none(series, "nothing is resolved"),
    )


def _tokens(reports: Sequence[Report]) -> Html:
    """The share that would be resolved, had each attempt been given so many tokens."""
    series = []
    for index, report in enumerate(reports):
        graded = [row for row in report.rows if row.resolved is not None]
        used = sorted(_used(row) for row in graded if row.resolved)
        if any(used):  # a server may not count them
            points = [(0.0, 0.0), *((float(tokens), count / len(graded)) for count, tokens in enumerate(used, 1))]
            series.append(Series(report.run, points, "steps", _colour(index)))
    x, y = Axis("tokens read and written", _short), Axis("share resolved", lambda share: f"{share:.0%}")
    return plot("Resolved within a budget of tokens", x, y, series, _none(series, NO_TOKENS))


def _used(row: Row) -> int:
    return row.cost.prompt_tokens + row.cost.completion_tokens


def _context(reports: Sequence[Report]) -> Html:
    series: list[Series] = []
    for index, report in enumerate(reports):
        contexts = [row.context for row in report.rows if row.context]
        steps = range(_steps_worth_drawing([len(context) for context in contexts]))
        at_step = [sorted(context[step] for context in contexts if len(context) > step) for step in steps]
        if not any(map(any, at_step)):  # no steps, or a server that does not count tokens
            continue
        low, middle, high = (
            [(step + 1.0, quantile(found, share)) for step, found in enumerate(at_step)]
            for share in (0.25, 0.5, 0.75)
        )
        series.append(Series(report.run, low, "band", _colour(index), upper=high))
        series.append(Series(report.run, middle, "line", _colour(index)))
    note = "median, and the middle half" if series else NO_TOKENS
    return plot("Context by step", Axis("step", _short), Axis("tokens read", _short), series, note)


def _steps_worth_drawing(lengths: Sequence[int]) -> int:
    """Up to the step that a tenth of the attempts reach: past it the middle is that of a few long ones."""
    ordered = sorted(lengths, reverse=True)
    return ordered[len(ordered) // 10] if ordered else 0


def _acceptance(reports: Sequence[Report]) -> Html:
    series = []
    for index, report in enumerate(reports):
        told = [row.cost.accept_length for row in report.rows if row.cost.accept_length > 0]
        bins = Counter(int(length / BIN) for length in told)
        points = [(number * BIN, float(count)) for number, count in sorted(bins.items())]
        if points:
            series.append(Series(report.run, points, "bars", _colour(index), wide=BIN))
    x, y = Axis("tokens a decoding step", lambda value: f"{value:g}"), Axis("attempts", _short)
    return plot("Acceptance", x, y, series, _none(series, "the server did not tell"))


def _none(series: Sequence[Series], why: str) -> str:
    """What a plot says where there is nothing to draw: why not."""
    return "" if series else why


def _short(value: float) -> str:
    return short_count(round(value)) if value == round(value) or value >= 100 else f"{value:g}"
