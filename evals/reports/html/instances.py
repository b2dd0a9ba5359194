"""Every sample of a run in one table, each leading to its session's page."""

from collections.abc import Mapping

from agent.export.markup import Html, join, tag, void
from agent.export.words import duration, short_count
from evals.reports.model import Report, Row

Links = Mapping[tuple[str, str, int], str]
"""From run, instance and sample to the address of the session's page."""

_MOST_TESTS = 5
_COLUMNS = ("instance", "ended", "steps", "tokens", "time", "attempts", "more")


def instances(report: Report, links: Links) -> Html:
    head = tag("tr", *(tag("th", name, scope="col", class_=_side(name)) for name in _COLUMNS))
    rows = [_row(report, row, links.get((report.run, row.instance_id, row.sample), "")) for row in report.rows]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="samples")
    return tag(
        "section",
        tag("div", tag("h2", "Instances"), *_choices(report), class_="bar"),
        tag("div", table, class_="scroll", tabindex=0) if rows else tag("p", "There are none.", class_="note"),
        class_="instances",
    )


def _choices(report: Report) -> list[Html]:
    """Radio buttons that the style sheet alone obeys."""
    name = f"show-{report.run}"
    return [
        tag(
            "label",
            void("input", type="radio", name_=name, class_=f"only-{value}", checked=value == "all"),
            f" {words}",
        )
        for value, words in (("all", "all"), ("open", "not resolved"), ("marked", "marked"))
    ]


def _side(name: str) -> str | bool:
    return "words" if name in ("instance", "ended", "more") else False


def _row(report: Report, row: Row, link: str) -> Html:
    named = f"{row.instance_id} · {row.sample}" if report.samples > 1 else row.instance_id
    tokens = row.cost.prompt_tokens + row.cost.completion_tokens
    classes = ["resolved" if row.resolved else "unresolved", *(["is-marked"] if row.marks else [])]
    return tag(
        "tr",
        tag("th", tag("a", named, href=link) if link else named, scope="row", class_="words"),
        tag("td", tag("span", row.ending, class_=f"badge {_tone(row)}"), class_="words"),
        tag("td", str(row.cost.steps or "")),
        tag("td", short_count(tokens) if tokens else ""),
        tag("td", duration(row.cost.seconds) if row.cost.seconds else ""),
        tag("td", str(row.attempts or "")),
        tag("td", _more(row), class_="words"),
        class_=" ".join(classes),
    )


def _tone(row: Row) -> str:
    if row.resolved:
        return "good"
    if row.resolved is False:
        return "warning" if row.ending in ("limit", "timed out", "no result") else "bad"
    return "open"


def _more(row: Row) -> Html:
    """Marks, tests that failed, and why it ended: what one wants to know before reading the session."""
    parts = [
        tag("div", tag("span", mark.rule, class_="badge warning"), f" step {mark.step}: ", tag("code", mark.quote))
        for mark in row.marks
    ]
    if row.detail and not row.resolved:
        parts.append(tag("div", row.detail))
    if row.failed_tests:
        shown = ", ".join(row.failed_tests[:_MOST_TESTS])
        more = len(row.failed_tests) - _MOST_TESTS
        parts.append(tag("div", "failed: ", tag("code", shown), f" and {more} more" if more > 0 else ""))
    return join(*parts)
