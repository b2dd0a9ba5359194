"""The expert: knows the bug, and walks to it as somebody would who does not."""

from dataclasses import dataclass
from random import Random

from evals.lessons.issue_texts import FILED, NAMED, UNNAMED
from evals.lessons.pieces import Piece
from evals.lessons.problems import Problem
from evals.lessons.reading import Failure, first_failure
from evals.lessons.talk import Talk

PYTEST_OPTIONS = " -q -x --tb=short"
UNITTEST_OPTIONS = " -q -f"


class Unteachable(Exception):
    """This problem makes no good lesson; the text says why."""


@dataclass
class Walk:
    """One walk. The steps are small, so that detours can be put between them."""

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
        return self.problem.module.path

    @property
    def tests(self) -> str:
        return run_tests(self.problem.package.test_command)

    def straight(self) -> Talk:
        """Find, look, reproduce, edit, test, finish."""
        failure = self.reach()
        self.edit(failure)
        self.conclude()
        return self.talk

    def reach(self) -> Failure:
        """Up to the point where all has been seen."""
        if self.problem.way == NAMED:
            self.find(f"The issue is about {self.name}. Find it.", self.problem.bug.piece)
            self.look()
            return self.reproduce("Run the tests.")
        if self.problem.way == FILED:
            file = self.path.rsplit("/", 1)[-1]
            self.talk.bash(f"The issue is about {file}. Find it.", f'find . -name "{file}"')
            self.talk.bash(f"It is {self.path}. Read it.", f"cat {self.path}")
            return self.reproduce("Run the tests.")
        assert self.problem.way == UNNAMED
        failure = self.reproduce("The issue names no function. Run the tests.")
        self.find(f"{failure.test} fails: {failure.error}\nIt calls {self.name}. Find it.", self.problem.bug.piece)
        self.look()
        return failure

    def find(self, thought: str, piece: Piece) -> str:
        return self.talk.bash(thought, find_command(piece))

    def look(self) -> str:
        return self.talk.bash(f"{self.name} is in {self.path}. Read it.", f"cat {self.path}")

    def reproduce(self, thought: str) -> Failure:
        return self.read(self.talk.bash(thought, self.tests))

    def read(self, output: str) -> Failure:
        failure = first_failure(output)
        if failure is None:
            raise Unteachable(f"no short failure in:\n{output}")
        return failure

    def edit(self, failure: Failure, *, again: bool = False) -> None:
        """Quote what is wrong and what is right, then do just that."""
        bug = self.problem.bug
        self.replace(failure, bug.wrong, bug.right, again=again)

    def replace(
        self,
        failure: Failure,
        wrong: tuple[str, ...],
        right: tuple[str, ...],
        *,
        again: bool = False,
        slip: bool = False,
    ) -> None:
        thought = diagnosis(failure, self.name, wrong, right, again=again)
        answer = self.talk.replace(thought, self.path, "\n".join(wrong), "\n".join(right), slip=slip)
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
        while text.count("\n".join([*before, *wrong])) > 1:
            at -= 1
            if at < 0:
                raise Unteachable("the wrong lines cannot be told from others")
            before.insert(0, lines[at])
        thought = f"These lines occur more than once. In {self.name} this stands before:\n" + "\n".join(before)
        old, new = "\n".join([*before, *wrong]), "\n".join([*before, *right])
        answer = self.talk.replace(thought, self.path, old, new, slip=slip)
        if "now reads" not in answer:
            raise Unteachable(f"an edit was refused:\n{answer}")

    def conclude(self) -> None:
        output = self.talk.bash("Run the tests again.", self.tests)
        if not output.endswith("[exit code 0]"):
            raise Unteachable(f"the repair does not pass:\n{output}")
        self.talk.finish("All tests pass.", self.summary())

    def summary(self) -> str:
        bug = self.problem.bug
        if bug.is_gap:
            missing = next(line for line in bug.right if line not in bug.wrong).strip()
            return f"In {self.path}, {self.name} lacked `{missing}`. It is there now, and all tests pass."
        wrong, right = next((a, b) for a, b in zip(bug.wrong, bug.right, strict=False) if a != b)
        return (
            f"In {self.path}, {self.name} had `{wrong.strip()}`. It is now `{right.strip()}`, and all tests pass."
        )


def find_command(piece: Piece) -> str:
    return f'grep -rn "class {piece.name}:" .' if piece.is_class else f'grep -rn "def {piece.name}(" .'


def run_tests(test_command: str) -> str:
    """The tests, told so that the first failure is short."""
    return test_command + (PYTEST_OPTIONS if "pytest" in test_command else UNITTEST_OPTIONS)


def diagnosis(
    failure: Failure, name: str, wrong: tuple[str, ...], right: tuple[str, ...], *, again: bool = False
) -> str:
    still = "still fails" if again else "fails"
    quoted, better = "\n".join(wrong), "\n".join(right)
    return f"{failure.test} {still}: {failure.error}\nIn {name} this is wrong:\n{quoted}\nIt should be:\n{better}"
