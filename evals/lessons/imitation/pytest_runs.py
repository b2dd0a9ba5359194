"""`python3 -m pytest -q -x --tb=short`, by the parts of pytest that make its words.

pytest's own start takes longer than all else in a lesson. Its assertion rewriting, explanations and cutting are
used as they are (of the very version that the image has, see `library.py`); collection and layout are done here.
"""

import ast
import sys
import traceback
import types
import unittest
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from evals.lessons.imitation.modules import WORKSPACE, dotted, execute, is_test
from evals.lessons.time_limit import Hung

WIDTH = 80


@dataclass(frozen=True)
class Test:
    """A function `name`, or the method `name` of the test case `case`, of the file at `path`."""

    path: str
    name: str
    case: str = ""

    @property
    def title(self) -> str:
        return f"{self.case}.{self.name}" if self.case else self.name

    @property
    def node(self) -> str:
        return "::".join(part for part in (self.path, self.case, self.name) if part)

    def run(self) -> None:
        module = sys.modules[dotted(self.path)]
        if self.case:
            getattr(getattr(module, self.case)(self.name), self.name)()
        else:
            getattr(module, self.name)()


def run_pytest(files: Mapping[str, str], rng: Random) -> tuple[str, int]:
    """What it prints and its exit code; the time is drawn as real ones are."""
    tests = [test for path in _test_files(files) for test in _collected(path, files[path])]
    for number, test in enumerate(tests):
        if (error := _error_of(test)) is not None:
            progress = _progress("." * number + "F", done=number + 1 == len(tests))
            return _failed(progress, test, _explained_error(test, error, files), files, number, rng), 1
    return f"{_progress('.' * len(tests), done=True)}{len(tests)} passed in {_seconds(rng)}s\n", 0


def _error_of(test: Test) -> BaseException | None:
    try:
        test.run()
    except Hung:
        raise
    except BaseException as error:  # whatever a test ends with is its failure
        return error
    return None


def _explained_error(test: Test, error: BaseException, files: Mapping[str, str]) -> BaseException:
    """The same once more, with assertions that explain themselves. Only this one test is rewritten: to rewrite
    takes most of a run's time."""
    from _pytest.assertion.rewrite import rewrite_asserts

    if test.case or not isinstance(error, AssertionError):
        return error

    def rewrite(tree: ast.Module, source: bytes) -> None:
        imports = (ast.Import, ast.ImportFrom)
        tree.body = [n for n in tree.body if isinstance(n, imports) or getattr(n, "name", "") == test.name]
        rewrite_asserts(tree, source)

    execute(sys.modules[dotted(test.path)], test.path, files[test.path], rewrite)
    with _explanations():
        again = _error_of(test)
    assert again is not None, "a test that failed fails again"
    return again


def _test_files(files: Mapping[str, str]) -> list[str]:
    """In the order in which pytest looks: a folder's own files first."""
    paths = [path for path in files if path.endswith(".py") and is_test(path) and not path.endswith("tests.py")]
    return sorted(paths, key=lambda path: (path.count("/"), path))


def _collected(path: str, source: str) -> list[Test]:
    module = sys.modules[dotted(path)]
    execute(module, path, source)
    tests = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            methods = unittest.defaultTestLoader.getTestCaseNames(getattr(module, node.name))
            tests += [Test(path, method, node.name) for method in methods]
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            tests.append(Test(path, node.name))
    return tests


def _progress(marks: str, *, done: bool) -> str:
    return f"{marks:<72} [100%]\n" if done else f"{marks}\n"


def _failed(
    progress: str, test: Test, error: BaseException, files: Mapping[str, str], passed: int, rng: Random
) -> str:
    from _pytest.terminal import _format_trimmed

    said = _said(error)
    line = f"FAILED {test.node}"
    short = _format_trimmed(" - {}", said, WIDTH - len(line)) or ""
    counts = "1 failed" + (f", {passed} passed" if passed else "")
    lines = [
        _ruled("=", "FAILURES"),
        _ruled("_", test.title),
        *(text for frame in _frames(error) for text in _shown(frame, files)),
        *(f"E   {text}" for text in said.split("\n")),
        _ruled("=", "short test summary info"),
        line + short,
        _ruled("!", "stopping after 1 failures"),
        f"{counts} in {_seconds(rng)}s",
    ]
    return progress + "\n".join(lines) + "\n"


def _said(error: BaseException) -> str:
    """The exception as pytest words it: a bare `assert` without its class."""
    from _pytest._io.saferepr import saferepr

    text = "".join(traceback.format_exception_only(type(error), error)).rstrip()
    if isinstance(error, AssertionError) and saferepr(error).startswith("AssertionError('assert "):
        return text.removeprefix("AssertionError: ")
    return text.replace("_pytest.outcomes.Failed", "Failed")


def _frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    return (f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(f"{WORKSPACE}/"))


def _shown(frame: traceback.FrameSummary, files: Mapping[str, str]) -> list[str]:
    path = frame.filename.removeprefix(f"{WORKSPACE}/")
    line = files[path].splitlines()[(frame.lineno or 1) - 1]
    return [f"{path}:{frame.lineno}: in {frame.name}", f"    {line.strip()}"]


def _ruled(sign: str, title: str) -> str:
    fill = sign * max((WIDTH - len(title) - 2) // 2, 1)
    line = f"{fill} {title} {fill}"
    return line + sign if len(line) + 1 <= WIDTH else line


def _seconds(rng: Random) -> str:
    return f"0.{rng.choice((1, 2, 2, 2, 3, 3, 4, 5, 6, 8)):02}"


@contextmanager
def _explanations() -> Iterator[None]:
    """Assertions explain themselves as under `-q`."""
    from _pytest.assertion import util

    before, util._reprcompare = util._reprcompare, _explanation
    try:
        yield
    finally:
        util._reprcompare = before


def _explanation(operator: str, left: Any, right: Any) -> str | None:
    """As pytest 7.2's own hook: an item of a test run is asked for nothing but how much it may say."""
    from _pytest.assertion import truncate, util

    quiet: Any = types.SimpleNamespace(getoption=lambda *_: -1, option=types.SimpleNamespace(verbose=-1))
    compare: Any = util.assertrepr_compare
    lines = compare(quiet, operator, left, right)
    if not lines:
        return None
    cut: Any = vars(truncate)["truncate_if_required"]
    said = [line.replace("\n", "\\n") for line in cut(lines, types.SimpleNamespace(config=quiet))]
    return "\n~".join(said).replace("%", "%%")
