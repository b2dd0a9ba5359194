"""What four runs say: twice with the tests alone, twice with the fix."""

from dataclasses import dataclass

from agent.export.words import plural
from evals.mining.base import Drop
from evals.mining.trial import Trial

Twice = tuple[Trial, Trial]


@dataclass(frozen=True)
class Shown:
    """The tests that show the bug, those that hold what worked, and those that two equal runs disagree on."""

    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    unstable: tuple[str, ...]


def judge(before: Twice, after: Twice, test_files: tuple[str, ...]) -> Shown | Drop:
    """`before` has the commit's tests without its fix. The lists hold tests of `test_files` alone, which are what
    a grader runs; that nothing regresses counts for all that was run."""
    if any(trial.hangs for trial in before):
        return Drop("hangs before the fix", "a test that never ends would make any patch look like a fix")
    if any(trial.hangs for trial in after):
        return Drop("hangs with the fix")
    if not after[0].passing():
        return Drop("tests do not run", after[0].tail)
    names = {name for trial in (*before, *after) for name in trial.outcomes}
    unstable = {name for name in names if _differs(name, before) or _differs(name, after)}
    passed, passes = before[0].passing() - unstable, after[0].passing() - unstable
    broken = sorted(name for name in passed - passes if name in after[0].outcomes)
    if broken:
        return Drop("breaks other tests", ", ".join(broken[:3]))
    ours = {name for name in passes if name.partition("::")[0] in test_files}
    shows = sorted(name for name in ours - passed if before[0].outcomes.get(name) != "SKIPPED")
    if not shows:
        return _nothing_shown(unstable, before, after, test_files)
    return Shown(tuple(shows), tuple(sorted(ours & passed)), tuple(sorted(unstable)))


def _differs(name: str, runs: Twice) -> bool:
    """A test that only one of two equal runs knows, or that ended differently: a clock or an address in its id, or
    chance in what it does."""
    return runs[0].outcomes.get(name) != runs[1].outcomes.get(name)


def _nothing_shown(unstable: set[str], before: Twice, after: Twice, test_files: tuple[str, ...]) -> Drop:
    moved = [name for name in unstable if name in after[0].passing() and name not in before[0].passing()]
    if moved:
        return Drop("only unstable tests show the bug", ", ".join(sorted(moved)[:3]))
    failing = sorted(
        name
        for name, word in after[0].outcomes.items()
        if word in ("FAILED", "ERROR") and name.partition("::")[0] in test_files
    )
    if failing:
        return Drop(
            "no test shows the bug",
            f"{plural(len(failing), 'test')} of the commit fail with the fix too, the first {failing[0]}",
        )
    return Drop("no test shows the bug", "the commit's tests pass without its fix")
