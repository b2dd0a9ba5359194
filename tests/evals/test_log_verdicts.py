"""What the tests printed becomes a verdict, and nothing that they print can pass for one."""

from pathlib import Path

import pytest
from graded_rows import PASSED, ROW, log

from evals.errors import EvalError
from evals.grading.scripts import eval_script, split
from evals.grading.verdict import judge

NEW, OLD = "tests/test_a.py::test_new", "tests/test_a.py::test_old"


@pytest.mark.parametrize(
    ("printed", "exit_code", "reason"),
    [
        (PASSED, 0, "resolved"),
        (
            PASSED.replace("PASSED tests/test_a.py::test_new", "FAILED tests/test_a.py::test_new - x"),
            1,
            "wrong patch",
        ),
        (
            PASSED.replace("PASSED tests/test_a.py::test_new", "SKIPPED tests/test_a.py::test_new"),
            0,
            "wrong patch",
        ),
        (PASSED.replace(f"PASSED {OLD}", f"ERROR {OLD}"), 1, "broke tests"),
        (PASSED.replace(f"PASSED {OLD}", f"SKIPPED {OLD}"), 0, "resolved"),
        (f"PASSED {NEW}\n", 0, "broke tests"),
        (PASSED, 1, "no result"),
        ("", 0, "no result"),
        (f">>>>> Start Test Output\n{PASSED}>>>>> End Test Output\nFAILED {NEW}\n", 1, "wrong patch"),
        (f"FAILED {NEW}\n>>>>> Test Exit Code: 0\n", 1, "wrong patch"),
        (f">>>>> Patch Apply Failed\n{PASSED}", 0, "resolved"),
    ],
)
def test_a_log_is_judged_by_what_the_tests_did(tmp_path: Path, printed: str, exit_code: int, reason: str) -> None:
    assert judge(ROW, log(tmp_path, printed, exit_code)).reason == reason


def test_a_row_without_a_script_gets_one_in_the_official_form() -> None:
    made = split(eval_script(ROW, "python -m pytest", "/testbed"), ROW.instance_id)

    assert f"git checkout {'b' * 40} tests/test_a.py" in made.prepare
    assert made.tests == "python -m pytest -rA tests/test_a.py"


def test_a_row_that_nobody_can_run_is_told() -> None:
    with pytest.raises(EvalError, match="no command is known"):
        eval_script(ROW, "", "/testbed")
    with pytest.raises(EvalError, match="does not mark"):
        split("pytest", ROW.instance_id)
