"""Detours: what goes wrong on the way, and how the expert gets back. Each ends like the straight walk."""

from collections.abc import Callable
from random import Random

from evals.lessons.bugs import Bug, as_bug, changed_lines, symptoms_of
from evals.lessons.expert import Unteachable, Walk, quoted
from evals.lessons.issue_texts import NAMED
from evals.lessons.mutations.base import Code
from evals.lessons.mutations.kinds import KINDS
from evals.lessons.talk import Talk


def wrong_path(walk: Walk) -> Talk:
    """A file is looked for where it is not."""
    parts = walk.path.split("/")
    if len(parts) < 3:
        raise Unteachable("needs a function in a folder")
    walk.find(walk.reproduce("Run the tests."))
    wrong = "/".join([".", *parts[2:]]) if walk.rng.random() < 0.5 else "/".join([*parts[:-1], f"{parts[1]}.py"])
    walk.talk.bash(f"It is in {wrong}. Read it.", f"cat {wrong}", slip=True)
    walk.talk.bash(f"That was the wrong file. It is in {walk.path}. Read it.", f"cat {walk.path}")
    walk.edit()
    walk.conclude()
    return walk.talk


def unmatched_edit(walk: Walk) -> Talk:
    """The quote is not what stands in the file."""
    walk.reach()
    bug = walk.problem.bug
    misquoted, right = quoted((_misquoted(bug.wrong[0], walk.rng), *bug.wrong[1:]), bug.right)
    answer = walk.talk.replace(walk.cause(), walk.path, misquoted, right, slip=True)
    if "old_str is not in the file; nothing was changed" not in answer:
        raise Unteachable("the misquoted edit was made")
    walk.edit("The quote was not exact. Quote it as it stands.")
    walk.conclude()
    return walk.talk


def _misquoted(line: str, rng: Random) -> str:
    """The line with one character dropped or doubled, somewhere in its words."""
    start = len(line) - len(line.lstrip())
    at = rng.randrange(start, len(line))
    return line[:at] + line[at + 1 :] if rng.random() < 0.5 else line[:at] + line[at] + line[at:]


def half_guess(walk: Walk) -> Talk:
    """The right line, but not yet the right repair."""
    bug = walk.problem.bug
    guess = _other_repair(bug, walk.rng)
    walk.reach()
    walk.replace(walk.cause(), bug.wrong, guess, slip=True)
    failure = walk.reproduce("Run the tests again.")
    walk.replace(f"{failure.told}\nThe line is right, the change was not.", guess, bug.right)
    walk.conclude()
    return walk.talk


def _other_repair(bug: Bug, rng: Random) -> tuple[str, ...]:
    """What else the wrong lines might become, which a test would notice."""
    candidates = [m.code for mutation in KINDS.values() for m in mutation(Code(bug.piece.code))]
    rng.shuffle(candidates)
    for code in candidates[:60]:
        if code == bug.code or not symptoms_of(bug.piece, code):
            continue
        wrong, guess = changed_lines(bug.code, code)
        if wrong == bug.wrong and guess != bug.right and len(guess) <= 3:
            return guess
    raise Unteachable("no other repair comes to mind")


def wrong_line(walk: Walk) -> Talk:
    """Another line of the function is suspected first, and put back."""
    bug = walk.problem.bug
    suspect = _suspect(bug, walk.rng)
    walk.reach()
    walk.replace(walk.cause(), suspect.right, suspect.wrong, slip=True)
    failure = walk.reproduce("Run the tests again.")
    walk.replace(f"{failure.told}\nThat line was right. Put it back.", suspect.wrong, suspect.right)
    walk.edit()
    walk.conclude()
    return walk.talk


def _suspect(bug: Bug, rng: Random) -> Bug:
    """A second mutant, on a line that the first left alone."""
    candidates = [m.code for mutation in KINDS.values() for m in mutation(Code(bug.piece.code))]
    rng.shuffle(candidates)
    for code in candidates[:60]:
        other = as_bug(bug.kind, bug.piece, code)
        if other is None or not len(other.wrong) == len(other.right) == 1:
            continue
        if bug.code.count(other.right[0]) == 1 and other.right[0] not in (*bug.wrong, *bug.right):
            return other
    raise Unteachable("no other line is suspect")


def cut_output(walk: Walk) -> Talk:
    """So little of the output is asked for that the error is not in it."""
    short = f"{walk.tests} 2>&1 | tail -n {walk.rng.choice((2, 3, 4))}"
    walk.talk.bash("Run the tests.", short, slip=True)
    walk.find(walk.reproduce("The error is cut off. Run the tests up to the first failure."))
    walk.look()
    walk.edit()
    walk.conclude()
    return walk.talk


def wrong_name(walk: Walk) -> Talk:
    """The issue names a function that is not there: the tests say which one is meant."""
    if walk.problem.way != NAMED or walk.problem.bug.piece.is_class or walk.name not in walk.problem.issue:
        raise Unteachable("needs a named function")
    walk.talk.retell(walk.name, _misspelt(walk.name, walk.rng))
    return walk.straight()


def _misspelt(name: str, rng: Random) -> str:
    parts = name.split("_")
    if len(parts) > 1 and rng.random() < 0.5:
        return "_".join(reversed(parts)) if rng.random() < 0.5 else "".join(parts)
    return f"{name}s" if rng.random() < 0.5 else f"get_{name}"


def other_function(walk: Walk) -> Talk:
    """The issue names a function that is all right; the failing test is about another."""
    innocent = [p for m in walk.problem.package.modules for p in m.pieces if p is not walk.problem.bug.piece]
    if walk.problem.way != NAMED or not innocent:
        raise Unteachable("needs a named function and another")
    issue = walk.rng.choice(OTHER_FUNCTION_ISSUES).format(name=walk.rng.choice(innocent).name)
    walk.talk.retell(walk.problem.issue, issue)
    return walk.straight()


OTHER_FUNCTION_ISSUES = (
    "{name} or something near it is broken, the tests fail.",
    "The tests fail, I think it is because of {name}.",
    "Since I touched {name} a test is red.",
    "{name} does not do what its docstring says, or one of its neighbours does not.",
)

Detour = Callable[[Walk], Talk]

DETOURS: dict[str, tuple[Detour, float]] = {
    "wrong path": (wrong_path, 0.03),
    "unmatched edit": (unmatched_edit, 0.04),
    "half guess": (half_guess, 0.06),
    "wrong line": (wrong_line, 0.05),
    "cut output": (cut_output, 0.02),
    "wrong name": (wrong_name, 0.03),
    "other function": (other_function, 0.03),
}
"""Each with the share of the sessions that take it."""
