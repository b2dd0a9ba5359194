"""The page. Whatever a model or a data set said is hostile input: all of it goes through `markup`, which escapes,
and the content security policy allows no script, no request and no style but the page's own."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template

from agent.export.markup import Html, join, tag, text
from agent.export.words import moment, plural
from evals.reports.html.instances import Links, instances
from evals.reports.html.plots import plots
from evals.reports.model import Comparison, Report
from evals.reports.tables import Table, comparison_table, facts, headline, tables_of
from evals.reports.words import amount, interval, percent


def page(reports: Sequence[Report], comparisons: Sequence[Comparison], links: Links) -> str:
    """`links` leads from a sample to its session's page, relative to this one."""
    style = "".join(
        files(package).joinpath(name).read_text(encoding="utf-8")
        for package, name in (("agent.export", "page.css"), ("evals.reports.html", "report.css"))
    )
    template = Template(files("evals.reports.html").joinpath("page.html").read_text(encoding="utf-8"))
    title = " and ".join(report.run for report in reports)
    return template.substitute(
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        style=style,
        title=text(f"{title} · Mimosa"),
        main=join(
            _several(reports) if len(reports) > 1 else "",
            *(_compared(found) for found in comparisons),
            plots(reports) if len(reports) > 1 else "",
            *(_run(report, links, alone=len(reports) == 1) for report in reports),
        ),
        footer=text("Written by Mimosa. This page is one file and loads nothing."),
    )


def _several(reports: Sequence[Report]) -> Html:
    """The top of a page on several runs."""
    names = " and ".join(report.run for report in reports)
    brand = tag("p", tag("span", "mimosa eval", class_="brand"), class_="top")
    return tag("section", brand, tag("h1", names), class_="several")


def _compared(found: Comparison) -> Html:
    return tag("section", table(comparison_table(found)), class_="compared")


def _run(report: Report, links: Links, *, alone: bool) -> Html:
    return tag(
        "section",
        _header(report),
        plots([report]) if alone else "",
        tag("div", *map(_beside, tables_of(report)), class_="tables"),
        instances(report, links),
        class_="run",
    )


def _header(report: Report) -> Html:
    began = moment(report.started_at) if report.started_at else ""
    told = [*facts(report), ("began", began), ("folder", report.folder)]
    return join(
        tag("p", tag("span", "mimosa eval", class_="brand"), _state(report), class_="top"),
        tag("h1", headline(report)),
        tag(
            "dl",
            *(tag("div", tag("dt", name), tag("dd", value)) for name, value in told if value.strip()),
            class_="facts",
        ),
        _tiles(report),
    )


def _state(report: Report) -> Html:
    tone = {"complete": "good", "failed": "bad"}.get(report.state.partition(":")[0], "warning")
    return tag("span", report.state.partition(",")[0].partition(":")[0], class_=f"outcome {tone}")


def _tiles(report: Report) -> Html:
    found = report.resolved
    spent: Mapping[str, float | None] = {one.name: one.median for one in report.spending}
    graded = f"{found.count:,} of {found.total:,}" if found.total else "none graded"
    tiles = [
        ("resolved", percent(found.share) if found.total else "-", graded),
        ("95% interval", interval(found.low, found.high) if found.total else "-", found.method),
        ("without marked", percent(report.without_marked.share), plural(report.marked, "sample") + " marked"),
        ("steps", amount(spent.get("steps"), ""), "median"),
        ("time", amount(spent.get("seconds"), "s"), "median"),
    ]
    made = (tag("div", tag("dt", name), tag("dd", value, tag("small", more))) for name, value, more in tiles)
    return tag("dl", *made, class_="totals")


def _beside(made: Table) -> Html:
    """A table that stands beside another where there is room, unless it needs the room for itself."""
    is_wide = len(made.columns) > 4 or made.title == "Marked attempts"
    return tag("section", table(made), class_="wide" if is_wide else False)


def table(made: Table) -> Html:
    """A table as HTML, with its title and its note."""
    parts: list[Html] = [tag("h2", made.title)]
    if made.rows:
        sides = ["" if column.startswith(">") else "words" for column in made.columns]
        head = tag(
            "tr",
            *(
                tag("th", column.removeprefix(">"), scope="col", class_=side or False)
                for column, side in zip(made.columns, sides, strict=True)
            ),
        )
        body = [
            tag("tr", *(tag("td", cell, class_=side or False) for cell, side in zip(row, sides, strict=True)))
            for row in made.rows
        ]
        inner = tag("table", tag("thead", head), tag("tbody", *body))
        parts.append(tag("div", inner, class_="scroll", tabindex=0))
    if made.note:
        parts.append(tag("p", made.note, class_="note"))
    return join(*parts)
