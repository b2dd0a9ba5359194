"""Go: its own testing package."""

import re

from evals.exercises.base import Language

_TEST = re.compile(r"^func (Test\w+)\(\w+ \*testing\.T\)", re.MULTILINE)


def find_tests(_name: str, text: str) -> list[str]:
    return _TEST.findall(text)


GO = Language(
    name="go",
    suffix=".go",
    test_suffix="_test.go",
    # What follows -args goes to the tests, which take no notice: go's own arguments name packages, not files.
    test_command="go test -v ./... -args",
    log_parser="parse_log_gotest",
    find_tests=find_tests,
    project=("*",),
    packages=("golang-go",),
)
