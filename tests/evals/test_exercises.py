"""Exercises of the polyglot benchmark that are not in Python."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_exercises import TINY

import evals.exercises
from evals.errors import EvalError
from evals.grading.container import GradingLimits
from evals.grading.grader import DockerGrader
from evals.images.build import EvalImages
from evals.instances.base import Instance
from evals.instances.dataset import load_dataset

COMPILED_LIMIT_S = 300.0
TELL = Path(evals.exercises.__file__).parent / "inside" / "tell.py"


def exercise(root: Path, language: str) -> Instance:
    (instance,) = load_dataset(str(TINY[language].write(root, language)))
    return instance


def visible(instance: Instance) -> set[str]:
    root = Path(instance.repo)
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if path.parts[0] != ".git"}


@pytest.mark.parametrize("language", TINY)
def test_the_agent_sees_what_it_builds_on_and_no_test(tmp_path: Path, language: str) -> None:
    instance = exercise(tmp_path, language)

    assert instance.instance_id == f"polyglot__{language}-leap"
    assert visible(instance) == TINY[language].visible


@pytest.mark.parametrize("language", TINY)
def test_all_tests_are_named_and_none_is_skipped(tmp_path: Path, language: str) -> None:
    instance = exercise(tmp_path, language)

    assert TINY[language].named == instance.FAIL_TO_PASS
    assert "xtest" not in instance.test_patch and '@Disabled("' not in instance.test_patch


def test_what_stands_beside_the_solution_comes_anew_with_the_tests(tmp_path: Path) -> None:
    assert "b/src/main/java/Years.java" in exercise(tmp_path / "java", "java").test_patch
    assert "b/cases_test.go" in exercise(tmp_path / "go", "go").test_patch
    assert "b/tests/cases/years.txt" in exercise(tmp_path / "rust", "rust").test_patch


def test_an_exercise_without_a_test_that_can_be_named_is_told(tmp_path: Path) -> None:
    exercise(tmp_path, "go")
    for name in ("leap_test.go", "cases_test.go"):
        (tmp_path / "go/exercises/practice/leap" / name).write_text("package leap\n")

    with pytest.raises(EvalError, match=r"no test is found in leap_test\.go"):
        load_dataset(str(tmp_path))


def test_among_others_it_is_left_out_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    exercise(tmp_path, "go")
    (tmp_path / "go/exercises/practice/leap/leap_test.go").write_text("package leap\n")

    with caplog.at_level(logging.WARNING):
        instance = exercise(tmp_path, "rust")

    assert instance.instance_id == "polyglot__rust-leap"
    assert "Left out" in caplog.text and "no test is found in leap_test.go" in caplog.text


def tell(report: Path) -> tuple[int, list[str]]:
    done = subprocess.run([sys.executable, TELL, report], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_a_report_that_is_torn_or_missing_is_no_success(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    passed = '<Catch><TestCase name="one"><OverallResult success="true"/></TestCase>'

    report.write_text(f"{passed}</Catch>")
    assert tell(report) == (0, ["PASS: one"])
    report.write_text(f'{passed}<TestCase name="two"><OverallResult success="false"/></TestCase></Catch>')
    assert tell(report) == (1, ["PASS: one", "FAIL: two"])
    report.write_text(f'{passed}<TestCase name="two">')
    assert tell(report)[0] == 1
    report.unlink()
    assert tell(report)[0] == 1


@pytest.mark.long
@pytest.mark.docker
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("language", TINY)
def test_it_is_graded_and_a_cheat_gains_nothing(eval_images: EvalImages, tmp_path: Path, language: str) -> None:
    """Their compilers and packages come from the distribution and the registry, which takes minutes."""
    grader = DockerGrader(eval_images, GradingLimits(seconds=COMPILED_LIMIT_S))
    instance = exercise(tmp_path / "set", language)
    clone = tmp_path / "clone"
    shutil.copytree(instance.repo, clone)
    for path, text in TINY[language].cheat.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(text)

    import git

    repository = git.Repo(clone)
    repository.git.add("--all")
    cheat = f"{repository.git.diff('--cached')}\n".encode()

    assert grader.grade(instance, instance.patch.encode(), tmp_path / "gold").resolved
    assert grader.examine(instance, b"", tmp_path / "empty").reason == "wrong patch"
    assert grader.grade(instance, cheat, tmp_path / "cheat").reason == "no result"
