"""What can be told of a candidate by looking at it. The cheap looks come first."""

from agent.patch_files import deleted_tests
from evals.mining.base import Candidate, Check, Drop
from evals.mining.message import FEWEST_LETTERS, issue_text, letters, tells_a_bug

MOST_LINES = 400
"""Changed lines of code past which no issue tells what is to be done."""


def changes_tests(candidate: Candidate) -> Drop | None:
    if any(path.endswith(".py") for path in candidate.test_files):
        return None
    return Drop("no tests changed")


def changes_code(candidate: Candidate) -> Drop | None:
    if candidate.code_files:
        return None
    return Drop("no code changed", "beside the tests it touches documentation or settings only")


def tells_of_a_bug(candidate: Candidate) -> Drop | None:
    if tells_a_bug(candidate.message):
        return None
    return Drop("no bug told", f"its message is no bug's: {candidate.subject[:80]}")


def says_enough(candidate: Candidate) -> Drop | None:
    text = issue_text(candidate.message)
    if letters(text) >= FEWEST_LETTERS:
        return None
    return Drop("says too little", f"all that it says: {text[:80]!r}")


def is_small(candidate: Candidate) -> Drop | None:
    lines = sum(
        line[:1] in (b"+", b"-") and line[:3] not in (b"+++", b"---") for line in candidate.patch.split(b"\n")
    )
    return Drop("too large", f"{lines} changed lines of code") if lines > MOST_LINES else None


def is_text(candidate: Candidate) -> Drop | None:
    return Drop("binary files") if b"\nGIT binary patch\n" in candidate.patch else None


def keeps_tests(candidate: Candidate) -> Drop | None:
    gone = deleted_tests(candidate.diff)
    return Drop("deletes tests", ", ".join(gone)) if gone else None


CHECKS: tuple[Check, ...] = (
    changes_tests,
    changes_code,
    tells_of_a_bug,
    says_enough,
    is_small,
    is_text,
    keeps_tests,
)


def first_objection(candidate: Candidate) -> Drop | None:
    return next((drop for check in CHECKS if (drop := check(candidate))), None)
