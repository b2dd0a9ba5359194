"""Measured servers as tables on the screen, and as a page for the documentation."""

import platform
from collections.abc import Iterator, Sequence
from datetime import date

from agent.bench.measure import ServerBench
from model_runtime.serving.speculation import CODE, HIGH, LOW, expected

HEAD = ("server", "sessions", "first token", "9 of 10", "decode", "in all", "acceptance", "cache hits")
Row = tuple[str, ...]


def level_rows(measured: Sequence[ServerBench]) -> Iterator[Row]:
    """One row a number of sessions, the servers one under the other."""
    counts = sorted({level.sessions for bench in measured for level in bench.levels})
    for count in counts:
        for bench in measured:
            for level in bench.levels:
                if level.sessions == count:
                    yield (
                        bench.name,
                        str(count),
                        _seconds(level.first_s),
                        _seconds(level.first_p90_s),
                        _rate(level.decode),
                        _rate(level.total),
                        "-" if level.acceptance is None else f"{level.acceptance:.2f}",
                        "-" if level.hit_rate is None else f"{level.hit_rate:.0%}",
                    )


def remarks(measured: Sequence[ServerBench]) -> Iterator[str]:
    """What the figures mean, a line each."""
    for bench in measured:
        yield from _about(bench)
    yield from _speedups(measured)


def _about(bench: ServerBench) -> Iterator[str]:
    name = bench.name
    lengths = [level.acceptance for level in bench.levels if level.acceptance is not None]
    if bench.speculation and lengths:
        mean = sum(lengths) / len(lengths)
        place = "within" if LOW <= mean <= HIGH else ("below" if mean < LOW else "above")
        yield (
            f"{name}: acceptance {mean:.2f} tokens a step, {place} the report's {LOW:g} to {HIGH:g} "
            f"({CODE:g} on code)"
        )
    if bench.turns:
        last = bench.turns[-1]
        read, cached = (sum(turn.prompt for turn in bench.turns), sum(turn.cached for turn in bench.turns))
        share = f"{cached / read:.0%}" if read else "-"
        yield (
            f"{name}: over one session of {len(bench.turns)} requests {share} of {read:,} prompt tokens came from "
            f"the cache; of the last {last.cached:,} of {last.prompt:,}"
        )
    if (cost := bench.compaction) is not None:
        yield (
            f"{name}: a compaction at {cost.tokens:,} tokens takes {_seconds(cost.summary_s)}, for "
            f"{cost.written:,} tokens of summary; the first token after it {_seconds(cost.first_s)}, without it "
            f"{_seconds(cost.before_s)}"
        )


def _speedups(measured: Sequence[ServerBench]) -> Iterator[str]:
    """The first server against each of the others, level by level, beside the report's expectation."""
    first, *others = measured
    for other in others:
        theirs = {level.sessions: level.decode for level in other.levels}
        for level in first.levels:
            rate = theirs.get(level.sessions)
            if level.decode and rate:
                wanted = expected(level.sessions)
                yield (
                    f"{level.sessions} side by side: {first.name} decodes {level.decode / rate:.2f} times as fast "
                    f"as {other.name} (the report, at {wanted.batch} requests: {wanted.speedup:.2f})"
                )


def page(measured: Sequence[ServerBench], machine: str) -> str:
    """Markdown."""
    lines = [
        "# Serving, measured",
        "",
        f"{date.today().isoformat()}, {machine}. Recorded agent sessions, asked again (`mimosa bench serve`).",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---|' * len(HEAD)}",
        *(f"| {' | '.join(row)} |" for row in level_rows(measured)),
        "",
        *(f"- {line}" for line in remarks(measured)),
        "",
    ]
    return "\n".join(lines)


def machine(gpus: Sequence[str]) -> str:
    """The client's machine in a few words."""
    cards = f", {len(gpus)}x {gpus[0]}" if gpus else ""
    return f"{platform.machine()} {platform.system()}{cards}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}/s"
