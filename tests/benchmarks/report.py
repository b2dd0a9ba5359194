"""Results as JSON and as a page of markdown."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machine import Machine
from result import Figure, Result


def to_json(machine: Machine, results: Sequence[Result], command: str) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command,
        "machine": asdict(machine),
        "results": [result.to_json() for result in results],
    }


def to_markdown(report: dict[str, Any], results: Sequence[Result]) -> str:
    machine = report["machine"]
    lines = [
        "# Benchmarks",
        "",
        f"One run of `{report['command']}` on {report['date']}, written by it; the same figures as JSON are in",
        "[benchmarks.json](benchmarks.json).",
        "",
        f"Machine: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux "
        f"{machine['kernel']}, Docker {machine['docker']}, Python {machine['python']}; load average at the start "
        f"{machine['load']:.2f}.",
        "",
        "| what | figure | target | reached |",
        "|---|---|---|---|",
    ]
    lines += [summary_row(result) for result in results]
    for result in results:
        lines += [
            "",
            f"## {result.benchmark}",
            "",
            result.what,
            "",
            *([result.apart, ""] if result.apart else []),
            "| figure | value | samples |",
            "|---|---:|---:|",
        ]
        lines += [f"| {figure.name} | {show(figure)} | {figure.samples} |" for figure in result.figures]
    return "\n".join(lines) + "\n"


def summary_row(result: Result) -> str:
    figures = "<br>".join(f"{figure.name}: {show(figure)}" for figure in result.figures)
    targets = "<br>".join(target.text for target in result.targets)
    reached = "<br>".join("yes" if target.reached else "**no**" for target in result.targets)
    return f"| {result.benchmark} | {figures} | {targets} | {reached} |"


def show(figure: Figure) -> str:
    digits = 0 if abs(figure.value) >= 100 else 1 if abs(figure.value) >= 10 else 2
    return f"{figure.value:,.{digits}f} {figure.unit}".strip()


def update(folder: Path, machine: Machine, results: Sequence[Result], command: str) -> None:
    """Put results that were measured by themselves into the report in `folder`; what else is in it stays."""
    report = json.loads((folder / "benchmarks.json").read_text(encoding="utf-8"))
    apart = conditions(machine, command)
    new = {result.benchmark: replace(result, apart=apart) for result in results}
    kept = [Result.of_json(result) for result in report["results"]]
    merged = [new.pop(result.benchmark, result) for result in kept] + list(new.values())
    report["results"] = [result.to_json() for result in merged]
    write(folder, report, merged)


def conditions(machine: Machine, command: str) -> str:
    """On what a result was measured that stands beside others."""
    ended = os.getloadavg()[0]
    busy = " Other work had a part of the cores at the time." if machine.load > machine.cores else ""
    return (
        f"Measured by itself on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC with `{command}`: {machine.cpu}, "
        f"{machine.cores} cores, Docker {machine.docker}; load average at the start {machine.load:.2f}, "
        f"at the end {ended:.2f}.{busy}"
    )


def write(folder: Path, report: dict[str, Any], results: Sequence[Result]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (folder / "benchmarks.md").write_text(to_markdown(report, results), encoding="utf-8")
