"""Detours: what goes wrong on the way, and how the expert gets back. Each ends like the straight walk."""

from collections.abc import Callable
from random import Random

from evals.lessons.bugs import MOST_LINES, Bug, changed_lines, symptoms_of
from evals.lessons.expert import Unteachable, Walk
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
    lines = bug.code.split("\n")
    at = walk.rng.choice([number for number, line in enumerate(lines) if line.strip()])
    lines[at] = _misquoted(lines[at], walk.rng)
    answer = walk.replace(walk.intention, "\n".join(lines), bug.piece.code, slip=True)
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


def no_change(walk: Walk) -> Talk:
    """The function is written as it stands."""
    walk.reach()
    walk.edit(walk.leave_as_it_is())
    walk.conclude()
    return walk.talk


def half_guess(walk: Walk) -> Talk:
    """The right line, but not yet the right repair."""
    return _repaired_twice(walk, _other_repair(walk.problem.bug, walk.rng))


def wrong_line(walk: Walk) -> Talk:
    """What was right is changed, and what is wrong is not."""
    return _repaired_twice(walk, _made_worse(walk.problem.bug, walk.rng))


def _repaired_twice(walk: Walk, guess: str) -> Talk:
    walk.reach()
    walk.replace(walk.intention, walk.problem.bug.code, guess, slip=True)
    failure = walk.reproduce("Run the tests again.")
    walk.replace(f"{failure.told}\nThat was not the cause. Put it right.", guess, walk.problem.bug.piece.code)
    walk.conclude()
    return walk.talk


def _other_repair(bug: Bug, rng: Random) -> str:
    """What else the wrong lines might become, which a test would notice."""
    for code in _mutants(bug.piece.code, rng):
        if code == bug.code or not symptoms_of(bug.piece, code):
            continue
        wrong, guess = changed_lines(bug.code, code)
        if wrong == bug.wrong and guess != bug.right and len(guess) <= MOST_LINES:
            return code
    raise Unteachable("no other repair comes to mind")


def _made_worse(bug: Bug, rng: Random) -> str:
    """The bug, and a second one on lines that the first left alone."""
    for code in _mutants(bug.code, rng):
        wrong, guess = changed_lines(bug.code, code)
        apart = not set(wrong) & set(bug.wrong) and len(guess) <= MOST_LINES
        if apart and symptoms_of(bug.piece, code):
            return code
    raise Unteachable("no other line is suspect")


def _mutants(code: str, rng: Random) -> list[str]:
    """Some changes of `code`, of all kinds."""
    mutants = [mutant.code for mutation in KINDS.values() for mutant in mutation(Code(code))]
    rng.shuffle(mutants)
    return mutants[:60]


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
    "unmatched edit": (unmatched_edit, 0.02),
    "no change": (no_change, 0.04),
    "half guess": (half_guess, 0.08),
    "wrong line": (wrong_line, 0.08),
    "cut output": (cut_output, 0.02),
    "wrong name": (wrong_name, 0.03),
    "other function": (other_function, 0.03),
}
"""Each with the share of the sessions that take it."""
