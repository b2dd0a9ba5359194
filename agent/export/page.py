"""A session as one HTML page that needs nothing else: no server, no network, no script.

A session's text is hostile input. All of it goes through `markup`, which escapes; and should a hole be left, the
page's content security policy allows no script, no request and no style but its own, which it names by its hash.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.resources import files
from string import Template

from agent import events as ev
from agent.export.chart import chart
from agent.export.conversation import compacted_before, conversation
from agent.export.diff_html import diff_html, file_list
from agent.export.markdown import markdown
from agent.export.markup import Html, join, tag, text
from agent.export.outline import Step, outline
from agent.export.summary import Summary, summarize
from agent.export.words import count, duration, first_line, moment, short_count


def page(records: Iterable[ev.Record]) -> str:
    """The whole page. Raises SessionError if the records have no beginning."""
    every = tuple(records)
    summary, parts = summarize(every), outline(every)
    steps = [part for part in parts if isinstance(part, Step)]
    folder = files("agent.export")
    style = folder.joinpath("page.css").read_text(encoding="utf-8")
    template = Template(folder.joinpath("page.html").read_text(encoding="utf-8"))
    title = first_line(summary.started.task) or summary.started.session
    return template.substitute(
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        style=style,
        title=text(f"{title} · Mimosa"),
        header=_header(summary, title),
        result=_result(summary),
        chart=chart(steps, compacted_before(parts)) if steps else "",
        conversation=conversation(parts),
        footer=text(
            f"Session {summary.started.session}, written by Mimosa. This page is one file and loads nothing."
        ),
    )


def _header(summary: Summary, title: str) -> Html:
    start, outcome = summary.started, summary.outcome
    commit = join(" at ", tag("code", start.commit[:12])) if start.commit else Html("")
    facts = (
        ("repository", join(tag("code", start.repository), commit)),
        ("model", text(start.model)),
        ("sandbox", text(start.sandbox)),
        ("when", join(moment(summary.started_at), f", took {duration(summary.ended_at - summary.started_at)}")),
        ("session", tag("code", start.session)),
    )
    badge = tag("span", outcome.word, class_=f"outcome {outcome.tone}")
    return join(
        tag("p", tag("span", f"mimosa {start.command}", class_="brand"), badge, class_="top"),
        tag("h1", *_with_code(title)),
        tag(
            "dl",
            *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts if value),
            class_="facts",
        ),
        _totals(summary),
    )


def _with_code(title: str) -> Iterator[str]:
    """The title's parts, with what stands in backticks as code."""
    for number, part in enumerate(re.split(r"`([^`]+)`", title)):
        yield tag("code", part) if number % 2 else part


def _totals(summary: Summary) -> Html:
    totals = summary.totals
    share = f"{totals.cached / totals.read:.0%} cached" if totals.read else ""
    tiles = (
        ("steps", count(totals.steps), ""),
        ("tokens read", short_count(totals.read), share),
        ("tokens written", short_count(totals.written), ""),
        ("model time", duration(totals.model_seconds), ""),
        ("tool time", duration(totals.tool_seconds), ""),
    )
    made = (tag("div", tag("dt", name), tag("dd", value, tag("small", more))) for name, value, more in tiles)
    return tag("dl", *made, class_="totals")


def _result(summary: Summary) -> Html:
    """How it ended: the verdict, the summary and the patch."""
    ended, verified = summary.ended, summary.verified
    detail = tag("p", summary.outcome.detail, class_="detail") if summary.outcome.detail else Html("")
    words = tag("div", markdown(ended.summary), class_="prose") if ended and ended.summary.strip() else Html("")
    patch = _patch(ended.patch) if ended and ended.patch.strip() else Html("")
    tests = _tests(verified) if verified else Html("")
    if not (detail or words or patch or tests):
        return Html("")
    return tag("section", tag("h2", "Result", id="result"), detail, words, tests, patch, class_="ending")


def _tests(verified: ev.Verified) -> Html:
    command = tag("p", "Tests: ", tag("code", verified.test_command)) if verified.test_command else Html("")
    runs = [
        _test_run(name, run)
        for name, run in (("without the patch", verified.before), ("with the patch", verified.after))
        if run is not None
    ]
    return tag("div", command, *runs, class_="tests")


def _test_run(name: str, run: ev.TestRun) -> Html:
    word = "never ended" if run.exit_code is None else f"exit {run.exit_code}"
    badge = tag("span", word, class_=f"badge {'good' if run.exit_code == 0 else 'bad'}")
    head = tag("summary", name, " ", badge, tag("span", duration(run.seconds), class_="time"))
    return tag("details", head, tag("pre", run.tail.rstrip("\n"), class_="result", tabindex=0), class_="output")


def _patch(patch: str) -> Html:
    return tag("div", tag("h3", "Patch", id="patch"), file_list(patch, "file"), diff_html(patch, anchor="file"))
