"""What mining works with: a commit that may be a bug fix, and the decision on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agent.patch_files import FILE_START, is_test, only_tests, touched_files
from evals.instances.base import Instance
from model_runtime.messages import Frozen

Reason = Literal[
    "no tests changed",
    "no code changed",
    "no bug told",
    "says too little",
    "too large",
    "binary files",
    "deletes tests",
    "asks for what the issue never gives",
    "no environment",
    "tests do not run",
    "hangs before the fix",
    "hangs with the fix",
    "no test shows the bug",
    "breaks other tests",
    "only unstable tests show the bug",
    "does not apply",
]
"""Why a commit makes no instance."""

CODE = (".py", ".pyx", ".c", ".h", ".cc", ".cpp", ".rs", ".go", ".js", ".ts", ".java", ".rb")


@dataclass(frozen=True)
class Candidate:
    """A commit of the first-parent line with its diff against its parent, in git's format. `at` is Unix time."""

    commit: str
    parent: str
    at: int
    message: str
    diff: bytes

    @property
    def subject(self) -> str:
        return self.message.strip().partition("\n")[0]

    @property
    def test_patch(self) -> bytes:
        """The part that touches tests, and what tests need."""
        return only_tests(self.diff)

    @property
    def patch(self) -> bytes:
        """The part that touches nothing of the tests: the gold patch."""
        return b"".join(
            piece
            for piece in FILE_START.split(self.diff)
            if (touched := touched_files(piece)) and not any(map(is_test, touched))
        )

    @property
    def test_files(self) -> tuple[str, ...]:
        return tuple(touched_files(self.test_patch))

    @property
    def code_files(self) -> tuple[str, ...]:
        return tuple(path for path in touched_files(self.patch) if path.endswith(CODE))


@dataclass(frozen=True)
class Drop:
    """Why a candidate is dropped: `reason` for the tally, `detail` for whoever wants to know more."""

    reason: Reason
    detail: str = ""


Check = Callable[[Candidate], Drop | None]
"""Looks at a candidate without running anything."""


class Decision(Frozen):
    """One line of the ledger. `row` is set for what was kept; `unstable` names the tests that were left out of it
    because two equal runs did not agree. `seconds` is what the decision took."""

    commit: str
    subject: str
    reason: Reason | None = None
    detail: str = ""
    unstable: tuple[str, ...] = ()
    seconds: float = 0.0
    row: Instance | None = None
