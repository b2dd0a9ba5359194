"""Exercises of the polyglot benchmark that are not in Python."""

import json
import shutil
from pathlib import Path

import pytest

from evals.errors import EvalError
from evals.grading.grader import DockerGrader
from evals.instances.base import Instance
from evals.instances.dataset import load_dataset

GO_STUB = """\
package leap

func IsLeapYear(year int) bool {
\tpanic("Please implement it")
}
"""
GO_TESTS = """\
package leap

import "testing"

func TestCommon(t *testing.T) {
\tif IsLeapYear(2015) {
\t\tt.Fatal()
\t}
}

func TestLeap(t *testing.T) {
\tfor _, year := range leaps {
\t\tif !IsLeapYear(year) {
\t\t\tt.Fatal(year)
\t\t}
\t}
}
"""
GO_CHEAT = """\
package leap

import (
\t"fmt"
\t"os"
)

func init() {
\tfmt.Println("--- PASS: TestCommon (0.00s)")
\tfmt.Println("--- PASS: TestLeap (0.00s)")
\tos.Exit(0)
}

func IsLeapYear(year int) bool {
\treturn false
}
"""
GO = {
    "leap.go": GO_STUB,
    ".meta/example.go": GO_STUB.replace('panic("Please implement it")', "return year%4 == 0"),
    "go.mod": "module leap\n\ngo 1.18\n",
    "cases_test.go": "package leap\n\nvar leaps = []int{1996, 2024}\n",
    "leap_test.go": GO_TESTS,
}
JS = {
    "leap.js": "exports.isLeap = () => {\n  throw new Error('Remove this line and implement it');\n};\n",
    ".meta/proof.ci.js": "exports.isLeap = (year) => year % 4 === 0;\n",
    "package.json": json.dumps({"scripts": {"test": "jest"}, "devDependencies": {"jest": "^29.7.0"}}),
    "leap.spec.js": (
        "const { isLeap } = require('./leap');\n\ndescribe('A leap year', () => {\n"
        "  test('is not a common one', () => {\n    expect(isLeap(2015)).toBe(false);\n  });\n"
        "  xtest('is one by four', () => {\n    expect(isLeap(1996)).toBe(true);\n  });\n});\n"
    ),
}
CHEATS = {
    "go": GO_CHEAT,
    "javascript": "global.expect = () => ({ toBe: () => {} });\nexports.isLeap = () => 'anything';\n",
}


def exercise(root: Path, language: str) -> Instance:
    shown, name = {"go": (GO, "leap.go"), "javascript": (JS, "leap.js")}[language]
    files = {
        "solution": [name],
        "test": ["leap_test.go" if language == "go" else "leap.spec.js"],
        "example": [next(path for path in shown if path.startswith(".meta"))],
        "editor": ["cases_test.go"] if language == "go" else [],
    }
    folder = root / language / "exercises" / "practice" / "leap"
    texts = shown | {".meta/config.json": json.dumps({"files": files}), ".docs/instructions.md": "Leap.\n"}
    texts |= {"README.md": "a text\n"}
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (instance,) = load_dataset(str(root))
    return instance


def visible(instance: Instance) -> set[str]:
    return {path.name for path in Path(instance.repo).iterdir()} - {".git"}


def test_of_a_go_exercise_the_agent_sees_no_test_and_no_table_of_cases(tmp_path: Path) -> None:
    instance = exercise(tmp_path, "go")

    assert instance.instance_id == "polyglot__go-leap"
    assert instance.FAIL_TO_PASS == ("TestCommon", "TestLeap")
    assert visible(instance) == {"leap.go", "go.mod"}
    assert "b/cases_test.go" in instance.test_patch


def test_of_a_javascript_exercise_no_test_is_skipped(tmp_path: Path) -> None:
    instance = exercise(tmp_path, "javascript")

    assert instance.FAIL_TO_PASS == ("is not a common one", "is one by four")
    assert visible(instance) == {"leap.js", "package.json"}
    assert "xtest" not in instance.test_patch


def test_an_exercise_without_a_test_that_can_be_named_is_told(tmp_path: Path) -> None:
    exercise(tmp_path, "go")
    for name in ("leap_test.go", "cases_test.go"):
        (tmp_path / "go/exercises/practice/leap" / name).write_text("package leap\n")

    with pytest.raises(EvalError, match=r"no test is found in leap_test\.go"):
        load_dataset(str(tmp_path))


@pytest.mark.long
@pytest.mark.docker
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("language", ["go", "javascript"])
def test_it_is_graded_and_a_cheat_gains_nothing(grader: DockerGrader, tmp_path: Path, language: str) -> None:
    """Their compilers and packages come from the distribution and the registry, which takes minutes."""
    instance = exercise(tmp_path / "set", language)
    name = "leap.go" if language == "go" else "leap.js"
    clone = tmp_path / "clone"
    shutil.copytree(instance.repo, clone)
    (clone / name).write_text(CHEATS[language])

    import git

    cheat = f"{git.Repo(clone).git.diff()}\n".encode()

    assert grader.grade(instance, instance.patch.encode(), tmp_path / "gold").resolved
    assert grader.examine(instance, b"", tmp_path / "empty").reason == "wrong patch"
    assert not grader.grade(instance, cheat, tmp_path / "cheat").resolved
