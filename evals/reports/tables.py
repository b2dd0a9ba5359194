"""A report as tables of words: the terminal, markdown and the page draw the same ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.export.words import duration, plural
from evals.reports.model import Comparison, Group, Network, Report, Row
from evals.reports.words import amount, interval, p_value, percent, rate
from evals.running.records import Cost

MOST_LISTED = 20
"""Instances that a comparison or a list of marks names, before it counts the rest."""


@dataclass(frozen=True)
class Table:
    """`columns` that begin with ">" stand on the right. `note` is a sentence below it. An empty table is its note
    alone."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


def tables_of(report: Report) -> tuple[Table, ...]:
    """Those that have something to say."""
    made = (
        _resolved(report),
        _passes(report),
        _endings(report),
        _groups("By repository", "repository", report.repositories),
        _groups("By difficulty", "difficulty", report.difficulties),
        _spending(report),
        _network(report.network) if report.network is not None else None,
        _marks(report),
    )
    return tuple(table for table in made if table is not None)


def headline(report: Report) -> str:
    """The run in one sentence."""
    found = report.resolved
    if not found.total:
        return f"{report.run}: nothing is graded yet, of {plural(report.instances, 'instance')}"
    return f"{report.run}: resolved {rate(found)} (95% interval {interval(found.low, found.high)})"


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """What stands above the tables: name and value."""
    tried = f", {report.samples} samples each" if report.samples > 1 else ""
    resumed = f", resumed {plural(report.resumes, 'time')}" if report.resumes else ""
    yield "model", report.model
    of = f" of {report.dataset}" if report.dataset else ""
    yield "set", f"{plural(report.instances, 'instance')}{of}{tried}"
    if report.network is not None and report.network.hosts:
        yield "network", f"allow-list: {', '.join(report.network.hosts)}"
    yield "state", report.state
    yield "worked for", f"{duration(report.working_seconds)}{resumed}"


def _resolved(report: Report) -> Table:
    lines = [("all results", report.resolved)]
    if report.marked:
        lines.append(("marked ones not counted as resolved", report.without_marked))
    rows = tuple(
        (name, rate(found), interval(found.low, found.high) if found.total else "-") for name, found in lines
    )
    open_samples = sum(ending.samples for ending in report.endings if not ending.counted)
    notes = [
        f"{plural(open_samples, 'sample')} without a verdict: not in these numbers." if open_samples else "",
        "The interval is a bootstrap over instances, as samples of one are no independent trials."
        if report.resolved.method == "bootstrap"
        else "",
    ]
    return Table("Resolved", ("", ">resolved", ">95% interval"), rows, " ".join(filter(None, notes)))


def _passes(report: Report) -> Table | None:
    if not report.pass_at:
        return None
    rows = tuple(
        (
            str(found.k),
            percent(found.any),
            interval(found.any_low, found.any_high),
            percent(found.every),
            interval(found.every_low, found.every_high),
            str(found.instances),
        )
        for found in report.pass_at
    )
    columns = (">k", ">pass@k: one is right", ">95%", ">pass^k: all are", ">95%", ">instances")
    return Table("Several samples", columns, rows)


def _endings(report: Report) -> Table | None:
    total = sum(ending.samples for ending in report.endings)
    rows = tuple(
        (ending.name, str(ending.samples), percent(ending.samples / total), "; ".join(ending.details))
        for ending in report.endings
    )
    if not rows:
        return None
    if not any(ending.details for ending in report.endings):
        return Table("Where they ended", ("", ">samples", ">share"), tuple(row[:3] for row in rows))
    return Table("Where they ended", ("", ">samples", ">share", "because"), rows)


def _groups(title: str, name: str, groups: Sequence[Group]) -> Table | None:
    if len(groups) > MOST_LISTED and all(group.resolved.total <= 1 for group in groups):
        return None  # a row for each instance says nothing of groups
    rows = tuple(
        (group.name, rate(found), interval(found.low, found.high) if found.total else "-")
        for group in groups
        for found in (group.resolved,)
    )
    return Table(title, (name, ">resolved", ">95% interval"), rows) if len(rows) > 1 else None


def _spending(report: Report) -> Table | None:
    rows = [
        (
            spent.name,
            amount(spent.total, spent.unit),
            amount(spent.median, spent.unit),
            amount(spent.median_resolved, spent.unit),
            amount(spent.for_each_resolved, spent.unit),
        )
        for spent in report.spending
    ]
    if report.acceptance is not None:
        rows.append(("tokens a decoding step", "-", f"{report.acceptance:.2f} (mean)", "-", "-"))
    if not rows:
        return None
    columns = ("", ">in all", ">median", ">median, resolved", ">spent for each resolved")
    return Table("What it took", columns, tuple(rows), f"{_broken(report.rows)} {_wasted(report.wasted)}".strip())


def _broken(rows: Sequence[Row]) -> str:
    read = [row for row in rows if row.session]
    if not read:
        return ""
    broken = [row for row in read if row.broken_calls]
    if not broken:
        return f"No call was broken in {plural(len(read), 'session')}."
    calls = plural(sum(row.broken_calls for row in broken), "broken call")
    return f"{calls} (an unknown tool, or arguments that are none) in {len(broken)} of {len(read)} sessions."


def _wasted(cost: Cost) -> str:
    tokens = cost.prompt_tokens + cost.completion_tokens
    if not (tokens or cost.seconds):
        return ""
    return f"Attempts that do not count took {duration(cost.seconds)} and {amount(tokens, 'tokens')} tokens more."


def _network(network: Network) -> Table:
    rows = tuple((visit.host, str(visit.allowed), str(visit.refused)) for visit in network.visits)
    notes = []
    if network.reaching:
        notes.append(
            f"In {network.reaching} of {plural(network.attempts, 'attempt')} the agent could reach hosts of an "
            f"allow-list, and nothing else: {', '.join(network.hosts)}. The tests that decide had no network."
        )
    if network.unmet:
        names = _listed(network.unmet)
        notes.append(f"{plural(len(network.unmet), 'instance')} asked for more of it than was given: {names}.")
    if len(rows) > MOST_LISTED:
        notes.append(f"{len(rows) - MOST_LISTED} more hosts were asked for; --json has all.")
    columns = ("host asked for", ">allowed", ">refused")
    return Table("Network", columns, rows[:MOST_LISTED], " ".join(notes))


def _marks(report: Report) -> Table | None:
    rows = [
        (
            f"{row.instance_id}{f' ({row.sample})' if report.samples > 1 else ''}",
            mark.rule,
            str(mark.step),
            mark.quote,
        )
        for row in report.rows
        for mark in row.marks
    ]
    if not rows:
        return None
    more = len(rows) - MOST_LISTED
    note = "A mark is an attempt that was seen, not a proof: read the step before you judge it."
    if more > 0:
        note = f"And {more} more; --json has all. {note}"
    return Table(
        "Marked attempts", ("instance", "rule", ">step", "what was done"), tuple(rows[:MOST_LISTED]), note
    )


def comparison_table(found: Comparison) -> Table:
    """Two runs side by side."""
    rows = (
        ("resolved by both", str(found.both), ""),
        (f"by {found.first} alone", str(len(found.only_first)), _listed(found.only_first)),
        (f"by {found.second} alone", str(len(found.only_second)), _listed(found.only_second)),
        ("by neither", str(found.neither), ""),
    )
    return Table(f"{found.first} and {found.second}", ("", ">instances", "which"), rows, _verdict(found))


def _listed(ids: Sequence[str]) -> str:
    more = len(ids) - MOST_LISTED
    return ", ".join(ids[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _verdict(found: Comparison) -> str:
    if not found.instances:
        return "The runs have no graded instance in common."
    said = (
        f"On {plural(found.instances, 'instance')} that both graded, {found.second} resolves "
        f"{abs(found.difference) * 100:.1f} points {_more(found.difference)} than {found.first} "
        f"(95% interval {found.low * 100:+.1f} to {found.high * 100:+.1f}); McNemar's exact test: "
        f"{p_value(found.p_value)}."
    )
    if found.several_samples:
        said += " The points are of samples; the test takes an instance as resolved if most of its samples are."
    if left_out := found.only_in_first + found.only_in_second:
        said += f" {plural(left_out, 'instance')} that only one of them graded: left out."
    return said


def _more(difference: float) -> str:
    return "more" if difference >= 0 else "fewer"
