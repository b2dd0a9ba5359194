"""Exercises of the polyglot benchmark and tasks in Harbor's format are instances like any other."""

import json
from pathlib import Path

import pytest

from agent.config.settings import SandboxSettings
from evals.errors import EvalError
from evals.grading.grader import DockerGrader
from evals.images.build import EvalImages
from evals.images.prepare import InstancePreparer
from evals.instances.base import Instance
from evals.instances.dataset import load_dataset
from evals.past.sources import Sources

STUB = "def leap_year(year):\n    pass\n"
EXAMPLE = "def leap_year(year):\n    return year % 4 == 0\n"
TESTS = (
    "import unittest\n\nfrom leap import leap_year\n\n\nclass LeapTest(unittest.TestCase):\n"
    "    def test_common(self):\n        self.assertIs(leap_year(2015), False)\n\n"
    "    def test_leap(self):\n        self.assertIs(leap_year(1996), True)\n"
)


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def leap(root: Path, suffix: str = "py") -> Instance:
    files = {"solution": [f"leap.{suffix}"], "test": [f"leap_test.{suffix}"], "example": [".meta/example.py"]}
    exercise = {
        ".meta/config.json": json.dumps({"files": files}),
        ".meta/example.py": EXAMPLE,
        ".docs/introduction.md": "# Leap\n",
        ".docs/instructions.md": "Tell whether a year is a leap year.\n",
        f"leap.{suffix}": STUB,
        f"leap_test.{suffix}": TESTS,
    }
    write(root / "python/exercises/practice/leap", exercise)
    (instance,) = load_dataset(str(root))
    return instance


def test_an_exercise_is_an_instance_without_its_tests_and_its_answer(tmp_path: Path) -> None:
    instance = leap(tmp_path)

    assert instance.instance_id == "polyglot__python-leap"
    assert instance.problem_statement.startswith("# Leap\n\nTell whether")
    assert "in leap.py" in instance.problem_statement
    assert instance.FAIL_TO_PASS == ("leap_test.py::LeapTest::test_common", "leap_test.py::LeapTest::test_leap")
    visible = {path.name for path in Path(instance.repo).rglob("*") if ".git" not in path.parts}
    assert visible == {"leap.py"}
    assert leap(tmp_path).base_commit == instance.base_commit


def test_an_exercise_in_another_language_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"cannot be graded here; .* go/exercises/practice, javascript/"):
        leap(tmp_path, "rb")


@pytest.mark.docker
def test_an_exercise_is_graded(grader: DockerGrader, tmp_path: Path) -> None:
    instance = leap(tmp_path)

    assert grader.grade(instance, instance.patch.encode(), tmp_path / "gold").resolved
    assert grader.examine(instance, b"", tmp_path / "empty").reason == "wrong patch"


VERIFIER = (
    "#!/bin/bash\nif [ \"$(python3 /app/greet.py)\" = 'hello' ]; then echo 1; else echo 0; fi "
    "> /logs/verifier/reward.txt\n"
)
RIGHT = b"--- a/greet.py\n+++ b/greet.py\n@@ -1 +1 @@\n-print('bye')\n+print('hello')\n"
WRONG = RIGHT.replace(b"'hello'", b"'hullo'")


def task(root: Path, base_image: str) -> Instance:
    write(
        root / "greet",
        {
            "task.toml": '[metadata]\ndifficulty = "easy"\n\n[verifier]\ntimeout_sec = 60.0\n',
            "instruction.md": "Make it say hello.\n",
            "environment/Dockerfile": f"FROM {base_image}\nWORKDIR /app\nCOPY greet.py /app/\n",
            "environment/greet.py": "print('bye')\n",
            "tests/test.sh": VERIFIER,
        },
    )
    (instance,) = load_dataset(str(root))
    return instance


@pytest.mark.docker
def test_a_task_is_prepared_from_its_own_image(eval_images: EvalImages, base_image: str, tmp_path: Path) -> None:
    instance = task(tmp_path / "tasks", base_image)
    (tmp_path / "attempt").mkdir()

    prepared = InstancePreparer(Sources(), eval_images, SandboxSettings()).prepare(instance, tmp_path / "attempt")

    assert instance.difficulty == "easy" and instance.problem_statement == "Make it say hello.\n"
    assert (prepared.history.commits, prepared.place.snapshot.files) == (1, 1)
    assert prepared.instance.base_commit == prepared.place.snapshot.head


@pytest.mark.docker
@pytest.mark.parametrize(
    ("patch", "resolved", "note"),
    [(RIGHT, True, "reward 1"), (WRONG, False, "reward 0")],
    ids=["right", "wrong"],
)
def test_a_task_is_graded_by_its_verifier(
    grader: DockerGrader, base_image: str, tmp_path: Path, patch: bytes, resolved: bool, note: str
) -> None:
    grade = grader.grade(task(tmp_path / "tasks", base_image), patch, tmp_path / "attempt")

    assert (grade.resolved, grade.note) == (resolved, note)


def test_a_task_that_lacks_a_file_is_told(tmp_path: Path) -> None:
    write(tmp_path / "greet", {"task.toml": "", "instruction.md": "Do it.\n"})

    with pytest.raises(EvalError, match="it has no environment/Dockerfile"):
        load_dataset(str(tmp_path))
