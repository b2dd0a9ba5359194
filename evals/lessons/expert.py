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
    Paths begin with `./` and code with its first word, as in the output they come from: what stands behind a mark
    that was seen before is copied with ease, the first word of a quotation has to be chosen.
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
        """Say what is wrong, then replace it."""
        bug = self.problem.bug
        self.replace(thought or self.cause(), bug.wrong, bug.right)

    def cause(self) -> str:
        return f"The cause is {CAUSES[self.problem.bug.kind]} in {self.name}."

    def replace(self, thought: str, wrong: tuple[str, ...], right: tuple[str, ...], *, slip: bool = False) -> None:
        old, new = quoted(wrong, right)
        answer = self.talk.replace(thought, self.path, old, new, slip=slip)
        if "occurs" in answer and "times in the file" in answer:
            self.replace_with_more(wrong, right, slip=slip)

    def replace_with_more(self, wrong: tuple[str, ...], right: tuple[str, ...], *, slip: bool) -> None:
        """The same, with as many lines before as it takes to be the only place."""
        lines = self.problem.bug.code.split("\n")
        text = self.problem.module.text(self.problem.bug.piece, self.problem.bug.code)
        at = next((i for i in range(len(lines)) if tuple(lines[i : i + len(wrong)]) == wrong), -1)
        if at < 0:
            raise Unteachable("these lines are a guess, which is to be told from others")
        before: list[str] = []
        while text.count("\n".join([*before, *wrong]).lstrip()) > 1:
            at -= 1
            if at < 0:
                raise Unteachable("the wrong lines cannot be told from others")
            before.insert(0, lines[at])
        old, new = quoted((*before, *wrong), (*before, *right))
        answer = self.talk.replace("That occurs more than once. Take more lines.", self.path, old, new, slip=slip)
        if "now reads" not in answer:
            raise Unteachable(f"an edit was refused:\n{answer}")

    def conclude(self) -> None:
        output = self.talk.bash("Run the tests again.", self.tests)
        if not output.endswith("[exit code 0]"):
            raise Unteachable(f"the repair does not pass:\n{output}")
        self.talk.finish("All tests pass.", self.summary())

    def summary(self) -> str:
        cause = CAUSES[self.problem.bug.kind]
        return f"The cause was {cause} in {self.name}. It is repaired in {self.path}, and all tests pass."


def quoted(wrong: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, str]:
    """What to replace by what, from the first word on where both begin with the same indentation."""
    old, new = "\n".join(wrong), "\n".join(right)
    indentation = len(old) - len(old.lstrip(" "))
    if len(new) - len(new.lstrip(" ")) == indentation:
        return old[indentation:], new[indentation:]
    return old, new


def find_command(piece: Piece) -> str:
    return f'grep -rn "class {piece.name}:" .' if piece.is_class else f'grep -rn "def {piece.name}(" .'


def run_tests(test_command: str) -> str:
    """The tests, told so that the first failure is short."""
    return test_command + (PYTEST_OPTIONS if "pytest" in test_command else UNITTEST_OPTIONS)
