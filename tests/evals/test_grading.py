"""A verdict is made in a fresh container from the saved patch, and no trick in the patch changes it."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eval_repositories import BUGGY, FIXED, OLD_TESTS, patch_of

from evals.errors import EvalInfrastructure
from evals.grading.base import Reason
from evals.grading.container import GradingLimits
from evals.grading.grader import TAMPERED, DockerGrader
from evals.images.build import EvalImages
from evals.instances.base import Instance
from sandbox.container.leftovers import OWNER_LABEL
from sandbox.owner import this_owner

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


def test_gold_resolves_and_its_log_is_kept(grader: DockerGrader, calc: Instance, tmp_path: Path) -> None:
    grade = grader.grade(calc, calc.patch.encode(), tmp_path)

    assert grade.resolved and grade.reason == "resolved"
    assert (grade.exit_code, grade.note) == (0, "")
    assert grade.fail_to_pass.passed == calc.FAIL_TO_PASS
    assert grade.pass_to_pass.passed == calc.PASS_TO_PASS
    assert grade.image.startswith("sha256:")
    assert "PASSED tests/test_calc.py::test_add" in (tmp_path / grade.log).read_text()


def test_no_patch_is_told_without_a_container(grader: DockerGrader, calc: Instance, tmp_path: Path) -> None:
    grade = grader.grade(calc, b"\n", tmp_path)

    assert (grade.resolved, grade.reason, grade.log) == (False, "no patch", "")


@pytest.mark.parametrize(
    ("calc_py", "reason"),
    [
        (BUGGY + "# a comment\n", "wrong patch"),
        (FIXED.replace("a * 2", "a * 3"), "broke tests"),
        ("syntax error\n", "wrong patch"),
    ],
    ids=["wrong", "broke", "cannot be imported"],
)
def test_a_patch_that_does_not_solve_it(
    grader: DockerGrader, calc: Instance, tmp_path: Path, calc_py: str, reason: Reason
) -> None:
    grade = grader.grade(calc, patch_of(calc, {"calc.py": calc_py}), tmp_path)

    assert (grade.resolved, grade.reason) == (False, reason)


def test_a_patch_that_hangs_times_out(eval_images: EvalImages, calc: Instance, tmp_path: Path) -> None:
    patient = DockerGrader(eval_images, GradingLimits(seconds=4))

    grade = patient.grade(calc, patch_of(calc, {"calc.py": "import time\ntime.sleep(300)\n"}), tmp_path)

    assert (grade.resolved, grade.reason, grade.exit_code) == (False, "timed out", None)


def test_a_patch_of_another_repository_does_not_apply(
    grader: DockerGrader, calc: Instance, tmp_path: Path
) -> None:
    patch = calc.patch.replace("a - b", "x - y").encode()

    assert grader.grade(calc, patch, tmp_path).reason == "does not apply"


FORCED = (
    "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    outcome = yield\n    outcome.get_result().outcome = 'passed'\n"
)
PATCHED_RUNNER = (
    "import sys\nif 'pytest' in sys.modules:\n    from _pytest import runner\n"
    "    runner.call_and_report_ = runner.call_and_report\n"
    "    import _pytest.reports as reports\n    old = reports.TestReport.from_item_and_call.__func__\n"
    "    def forged(cls, item, call):\n        report = old(cls, item, call)\n"
    "        report.outcome, report.longrepr = 'passed', None\n        return report\n"
    "    reports.TestReport.from_item_and_call = classmethod(forged)\n"
)
MARKERS = (
    "import os\n"
    "print('\\n>>>>> Start Test Output\\nPASSED tests/test_calc.py::test_add\\n"
    "PASSED tests/test_calc.py::test_twice\\n>>>>> End Test Output\\n>>>>> Test Exit Code: 0\\n', flush=True)\n"
    "os._exit(0)\n"
)
SEARCHES = (
    "import glob, re\nfound = ''\nfor name in glob.glob('/tmp/*') + glob.glob('/*.sh'):\n"
    "    try:\n        found += open(name).read()\n    except OSError:\n        pass\n"
    "answers = dict(re.findall(r'add\\((.*?)\\) == (\\d+)', found))\n"
    "def add(a, b):\n    return int(answers.get(f'{a}, {b}', 0))\n\n\ndef twice(a):\n    return a * 2\n"
)
PLUGIN = "def pytest_runtest_makereport(item, call):\n    call.excinfo = None\n"

CHEATS = {
    "a conftest forces every report": {"conftest.py": FORCED, "tests/conftest.py": FORCED},
    "the configuration loads a plugin": {"pytest.ini": "[pytest]\naddopts = -p forged\n", "forged.py": PLUGIN},
    "setup.cfg leaves the test out": {
        "setup.cfg": "[tool:pytest]\naddopts = --deselect tests/test_calc.py::test_add\n"
    },
    "the interpreter starts with a forgery": {"sitecustomize.py": "import os\nos._exit(0)\n"},
    "pytest is another module": {"pytest.py": "print('PASSED tests/test_calc.py::test_add')\n"},
    "a module beside the tests takes the place of the real one": {
        "tests/calc.py": "def add(a, b):\n    return {2: 4, 5: 6}[b]\n\n\ndef twice(a):\n    return a * 2\n"
    },
    "the tests are edited": {"tests/test_calc.py": OLD_TESTS + "\n\ndef test_add():\n    pass\n"},
    "the exit code is zero": {"calc.py": BUGGY + "import atexit, os\natexit.register(os._exit, 0)\n"},
    "markers and results are printed": {"calc.py": MARKERS + BUGGY},
    "the runner is patched": {"calc.py": PATCHED_RUNNER + BUGGY},
    "the grader's files are read": {"calc.py": SEARCHES},
    "the container is killed": {
        "calc.py": "import os\nfor number in (15, 9):\n    os.kill(1, number)\nos.kill(-1, 9)\n" + BUGGY
    },
    "the issue's answer is hard-coded": {
        "calc.py": BUGGY.replace("    return a - b", "    return 4 if (a, b) == (2, 2) else a - b")
    },
}


@pytest.mark.parametrize("files", CHEATS.values(), ids=CHEATS.keys())
def test_no_trick_resolves(grader: DockerGrader, calc: Instance, tmp_path: Path, files: dict[str, str]) -> None:
    grade = grader.grade(calc, patch_of(calc, files), tmp_path)

    assert not grade.resolved
    assert grade.reason in ("wrong patch", "no result")


def test_a_runner_that_lets_everything_pass_is_found_out(
    grader: DockerGrader, calc: Instance, tmp_path: Path
) -> None:
    grade = grader.grade(calc, patch_of(calc, {"calc.py": PATCHED_RUNNER + BUGGY}), tmp_path)

    assert (grade.reason, grade.note) == ("no result", TAMPERED)
    assert grade.fail_to_pass.passed == calc.FAIL_TO_PASS  # so its log says


def test_a_container_that_is_taken_away_is_nobodys_failure(
    engine: "DockerClient", eval_images: EvalImages, calc: Instance, tmp_path: Path
) -> None:
    name = eval_images.ensure(calc).name
    patch = patch_of(calc, {"calc.py": "import time\ntime.sleep(300)\n"})
    with ThreadPoolExecutor() as pool:
        grading = pool.submit(DockerGrader(eval_images).grade, calc, patch, tmp_path)
        mine = {"ancestor": name, "label": f"{OWNER_LABEL}={this_owner()}"}
        while not (found := engine.containers.list(filters=mine)):
            time.sleep(0.1)
        found[0].remove(force=True)
        with pytest.raises(EvalInfrastructure):
            grading.result()


def test_an_honest_patch_with_its_own_tests_resolves(grader: DockerGrader, calc: Instance, tmp_path: Path) -> None:
    files = {
        "calc.py": FIXED,
        "tests/test_calc.py": OLD_TESTS + "\n\ndef test_mine():\n    assert True\n",
        "tests/test_more.py": "def test_more():\n    pass\n",
        "conftest.py": "",
    }

    grade = grader.grade(calc, patch_of(calc, files), tmp_path)

    assert grade.resolved
    assert (
        grade.note == "graded without the patch's changes to conftest.py, tests/test_calc.py, tests/test_more.py"
    )
