"""The languages whose exercises can be graded: how their tests are found, named and run."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_GO_TEST = re.compile(r"^func (Test\w+)\(\w+ \*testing\.T\)", re.MULTILINE)
_JEST_TEST = re.compile(r"""^\s*(?:test|it)\(\s*(['"`])(.+?)\1\s*,""", re.MULTILINE)
_JEST_SKIPPED = re.compile(r"^(\s*)(?:x(test|it|describe)|(test|it|describe)\.skip)\(", re.MULTILINE)


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Language:
    """`find_tests` gives the ids of the tests in a file's name and text, as the parser `log_parser` tells them.
    `whole` is what makes every test of a file run. `project`: whether files beside solution and tests are needed,
    such as a package.json. `test_command` is given the files of the tests."""

    name: str
    suffix: str
    test_command: str
    log_parser: str
    find_tests: Callable[[str, str], list[str]] = field(repr=False)
    whole: Callable[[str], str] = field(default=_as_it_is, repr=False)
    project: bool = True


def language_of(files: list[str]) -> Language | None:
    """The language that all of `files` are written in; None where their exercises cannot be graded."""
    suffixes = {PurePosixPath(name).suffix for name in files}
    return next((language for language in LANGUAGES if suffixes == {language.suffix}), None)


def _python_tests(name: str, text: str) -> list[str]:
    """The ids that pytest gives to the test methods and functions of a file."""
    found: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            found.append(f"{name}::{node.name}")
        if isinstance(node, ast.ClassDef):
            methods = (entry for entry in node.body if isinstance(entry, ast.FunctionDef))
            found += [f"{name}::{node.name}::{entry.name}" for entry in methods if entry.name.startswith("test")]
    return found


def _go_tests(_name: str, text: str) -> list[str]:
    return _GO_TEST.findall(text)


def _jest_tests(_name: str, text: str) -> list[str]:
    return list(dict.fromkeys(title for _, title in _JEST_TEST.findall(_none_skipped(text))))


def _none_skipped(text: str) -> str:
    """The exercises skip all tests but the first, for people who learn."""
    return _JEST_SKIPPED.sub(lambda found: f"{found[1]}{found[2] or found[3]}(", text)


LANGUAGES = (
    Language("python", ".py", "python3 -m pytest -rA", "parse_log_pytest_v2", _python_tests, project=False),
    # What follows -args goes to the tests, which take no notice: go's own arguments name packages, not files.
    Language("go", ".go", "go test -v ./... -args", "parse_log_gotest", _go_tests),
    Language("javascript", ".js", "npx jest --ci --verbose", "parse_log_jest", _jest_tests, _none_skipped),
)
