"""Findings on the terminal, and for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from model_runtime.doctor.base import Finding, Verdict

MARKS: dict[Verdict, tuple[str, str, str]] = {
    "right": ("✓", "ok", "green"),
    "note": ("!", "!", "yellow"),
    "wrong": ("✗", "x", "red"),
    "skipped": ("·", ".", "dim"),
}
SUBJECT_WIDTH = 20


def show_finding(finding: Finding, console: Console) -> None:
    """One line, and under it what mends it."""
    sign, plain, colour = MARKS[finding.verdict]
    mark = sign if "utf" in (console.encoding or "").lower() else plain
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column(width=SUBJECT_WIDTH)
    table.add_column(ratio=1, overflow="fold")
    dim = "dim" if finding.verdict == "skipped" else ""
    table.add_row(Text(mark, style=colour), Text(finding.subject, style=dim), Text(finding.said, style=dim))
    console.print(table)
    # Not folded by us: a command is copied whole from a line that the terminal folds.
    for number, line in enumerate(finding.mend.splitlines()):
        console.print(Text(f"   {' ' if number else '>'} {line}", style="cyan"), soft_wrap=True)


def verdict_line(findings: Sequence[Finding]) -> str:
    wrong = sum(each.verdict == "wrong" for each in findings)
    notes = sum(each.verdict == "note" for each in findings)
    more = f"; {notes} could be better" if notes else ""
    if not wrong:
        return f"a session would work{more}"
    return f"{wrong} {'things are' if wrong > 1 else 'thing is'} wrong{more}"


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps({"works": works(findings), "findings": [asdict(each) for each in findings]}, indent=1)


def works(findings: Sequence[Finding]) -> bool:
    """Whether a session would work: nothing is wrong."""
    return all(each.verdict != "wrong" for each in findings)
