"""Time and tokens a step, as inline SVG: three rows of bars over the same steps, without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.export.markup import Html, join, tag, void
from agent.export.outline import Step
from agent.export.words import count, duration, plural, short_count

_HEIGHT = 100
_WIDTH = 10  # of one step, with the gap
_FEWEST = 16  # a short session gets no wider bars than this many steps would have


@dataclass(frozen=True)
class Row:
    """One row of stacked bars: for each step one value a part, the lowest first. `parts` are CSS classes and
    their names in the legend."""

    title: str
    parts: tuple[tuple[str, str], ...]
    values: Sequence[tuple[float, ...]]
    peak: str


def chart(steps: Sequence[Step], compacted_before: frozenset[int]) -> Html:
    """Bars that lead to their steps, and a table with the numbers. `compacted_before` has the numbers of the steps
    that began with a fresh context."""
    rows = (_time(steps), _read(steps), _written(steps))
    drawn = (_row(row, steps, compacted_before) for row in rows)
    return tag("section", tag("h2", "Steps", id="steps"), *drawn, _table(steps), class_="chart")


def _time(steps: Sequence[Step]) -> Row:
    values = [(step.reply.seconds, step.tool_seconds) for step in steps]
    most = max((sum(pair) for pair in values), default=0.0)
    return Row("time", (("model", "model"), ("tools", "tools")), values, duration(most))


def _read(steps: Sequence[Step]) -> Row:
    usages = [step.reply.usage for step in steps]
    values = [(usage.cached_tokens, max(usage.prompt_tokens - usage.cached_tokens, 0)) for usage in usages]
    most = max((usage.prompt_tokens for usage in usages), default=0)
    return Row("tokens read", (("cached", "cached"), ("fresh", "new")), values, short_count(most))


def _written(steps: Sequence[Step]) -> Row:
    values = [(step.reply.usage.completion_tokens,) for step in steps]
    most = max((step.reply.usage.completion_tokens for step in steps), default=0)
    return Row("tokens written", (("written", "written"),), values, short_count(most))


def _row(row: Row, steps: Sequence[Step], compacted_before: frozenset[int]) -> Html:
    most = max((sum(values) for values in row.values), default=0) or 1
    bars = [_bar(row, step, values, most) for step, values in zip(steps, row.values, strict=True)]
    cuts = [
        void("rect", x=(step.number - 1) * _WIDTH, y=0, width=1, height=_HEIGHT, class_="cut")
        for step in steps
        if step.number in compacted_before
    ]
    svg = tag(
        "svg",
        *bars,
        *cuts,
        viewBox=f"0 0 {max(len(steps), _FEWEST) * _WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{row.title} of each step, at most {row.peak}",
    )
    named = (*row.parts, *((("cut", "compaction"),) if cuts else ())) if len(row.parts) > 1 else ()
    legend = [tag("span", name, class_=f"key {kind}") for kind, name in named]
    peak = tag("span", f"peak {row.peak}", class_="peak")
    return tag("figure", tag("figcaption", tag("b", row.title), *legend, peak), svg)


def _bar(row: Row, step: Step, values: tuple[float, ...], most: float) -> Html:
    """The bars of one step. They take a click but no tab stop: a keyboard reader has the table."""
    parts, top = [], float(_HEIGHT)
    for (kind, _), value in zip(row.parts, values, strict=True):
        height = value / most * _HEIGHT
        top -= height
        x = (step.number - 1) * _WIDTH + 1
        parts.append(void("rect", x=x, y=f"{top:.2f}", width=_WIDTH - 2, height=f"{height:.2f}", class_=kind))
    said = tag("title", f"step {step.number}: {_in_words(step)}")
    return tag("a", said, *parts, href=f"#step-{step.number}", tabindex=-1)


def _in_words(step: Step) -> str:
    usage = step.reply.usage
    return (
        f"{duration(step.reply.seconds)} model, {duration(step.tool_seconds)} tools, "
        f"{plural(usage.prompt_tokens, 'token')} read ({count(usage.cached_tokens)} cached), "
        f"{count(usage.completion_tokens)} written"
    )


def _table(steps: Sequence[Step]) -> Html:
    names = ("step", "model", "tools", "read", "cached", "written", "calls")
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    body = [
        tag(
            "tr",
            tag("th", tag("a", str(step.number), href=f"#step-{step.number}"), scope="row"),
            tag("td", duration(step.reply.seconds)),
            tag("td", duration(step.tool_seconds)),
            tag("td", count(step.reply.usage.prompt_tokens)),
            tag("td", count(step.reply.usage.cached_tokens)),
            tag("td", count(step.reply.usage.completion_tokens)),
            tag("td", ", ".join(call.name for call in step.reply.message.tool_calls), class_="words"),
        )
        for step in steps
    ]
    table = tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="scroll", tabindex=0)
    return tag("details", tag("summary", "The numbers"), join(table), class_="numbers")
