"""What the expert reads in the output of a test run."""

import re
from dataclasses import dataclass

PYTEST_FAILED = re.compile(r"^FAILED \S+::(\w+)", re.MULTILINE)
PYTEST_ERROR = re.compile(r"^E   (.*)$", re.MULTILINE)
UNITTEST_FAILED = re.compile(r"^(?:FAIL|ERROR): (\w+) ", re.MULTILINE)
UNITTEST_ERROR = re.compile(r"^(\w+(?:Error|Exception|StopIteration)\b.*)$", re.MULTILINE)
LONGEST_QUOTE = 90


@dataclass(frozen=True)
class Failure:
    """The test that failed first, and the error as the output has it."""

    test: str
    error: str

    @property
    def told(self) -> str:
        return f"{self.test} fails: {self.error}"


def first_failure(output: str) -> Failure | None:
    for failed, error in ((PYTEST_FAILED, PYTEST_ERROR), (UNITTEST_FAILED, UNITTEST_ERROR)):
        test, said = failed.search(output), error.search(output)
        if test and said and len(said.group(1)) <= LONGEST_QUOTE:
            return Failure(test.group(1), said.group(1))
    return None
