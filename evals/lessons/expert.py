"""The expert: knows the bug, and walks to it as somebody would who does not."""

from dataclasses import dataclass
from random import Random

from evals.lessons.pieces import Piece
from evals.lessons.problems import Problem
from evals.lessons.reading import Failure, first_failure
from evals.lessons.talk import Talk

CAUSES = {
    "comparison": "a wrong comparison",
    "arithmetic": "a wrong operator",
    "off by one": "a number that is off by one",
    "wrong variable": "a wrong variable",
    "wrong method or constant": "a wrong method or constant",
    "swapped arguments": "swapped arguments",
    "missing return": "a missing return",
    "inverted condition": "an inverted condition",
    "wrong default": "a wrong default",
    "wrong exception": "a wrong exception",
    "missing edge case": "a missing edge case",
}
"""What the expert calls each kind of bug."""
PYTEST_OPTIONS = " -q -x --tb=short"
UNITTEST_OPTIONS = " -q -f"


class Unteachable(Exception):
    """This problem makes no good lesson; the text says why."""


@dataclass
class Walk:
    """One walk. The steps are small, so that detours can be put between them.

    It begins with the tests, whatever the issue says: their output has one form, issues have as many as users.
    Paths begin with `./`, as in the output they come from: what stands behind a mark that was seen before is
    copied with ease.
    """

    problem: Problem
    talk: Talk
    rng: Random

    @classmethod
    def begin(cls, problem: Problem, rng: Random) -> "Walk":
        talk = Talk(problem.files(), problem.issue, problem.package.test_command, rng)
        return cls(problem, talk, rng)

    @property
    def name(self) -> str:
        return self.problem.bug.piece.name

    @property
    def path(self) -> str:
        return f"./{self.problem.module.path}"

    @property
    def intention(self) -> str:
        return f"The cause is in {self.name}. Put it right."

    @property
    def tests(self) -> str:
        return run_tests(self.problem.package.test_command)

    def straight(self) -> Talk:
        """Find, look, reproduce, edit, test, finish."""
        self.reach()
        self.edit()
        self.conclude()
        return self.talk

    def reach(self) -> Failure:
        """Up to the point where all has been seen."""
        failure = self.reproduce("Run the tests.")
        self.find(failure)
        self.look()
        return failure

    def find(self, failure: Failure) -> None:
        self.talk.bash(f"{failure.told}\nFind what it tests.", find_command(self.problem.bug.piece))

    def look(self) -> None:
        self.talk.bash(f"It is in {self.path}. Read it.", f"cat {self.path}")

    def reproduce(self, thought: str) -> Failure:
        return self.read(self.talk.bash(thought, self.tests))

    def read(self, output: str) -> Failure:
        failure = first_failure(output)
        if failure is None:
            raise Unteachable(f"no short failure in:\n{output}")
        return failure

    def edit(self, thought: str = "") -> None:
        """Write the whole function anew, as it should be.

        Which line is wrong has not to be known before the first word is written: at each word the model may copy
        what stands there, or say what ought to.
        """
        bug = self.problem.bug
        answer = self.replace(thought or self.intention, bug.code, bug.piece.code)
        if "now reads" not in answer:
            raise Unteachable(f"an edit was refused:\n{answer}")

    def leave_as_it_is(self, thought: str = "") -> str:
        """Write the function as it stands, which is refused. Returns what to think of that."""
        self.replace(thought or self.intention, self.problem.bug.code, self.problem.bug.code, slip=True)
        return "Nothing was changed. Put it right."

    def replace(self, thought: str, wrong: str, right: str, *, slip: bool = False) -> str:
        return self.talk.replace(thought, self.path, wrong, right, slip=slip)

    def conclude(self) -> None:
        output = self.talk.bash("Run the tests again.", self.tests)
        if not output.endswith("[exit code 0]"):
            raise Unteachable(f"the repair does not pass:\n{output}")
        self.talk.finish("All tests pass.", self.summary())

    def summary(self) -> str:
        cause = CAUSES[self.problem.bug.kind]
        return f"The cause was {cause} in {self.name}. It is repaired in {self.path}, and all tests pass."


def find_command(piece: Piece) -> str:
    return f'grep -rn "class {piece.name}:" .' if piece.is_class else f'grep -rn "def {piece.name}(" .'


def run_tests(test_command: str) -> str:
    """The tests, told so that the first failure is short."""
    return test_command + (PYTEST_OPTIONS if "pytest" in test_command else UNITTEST_OPTIONS)
