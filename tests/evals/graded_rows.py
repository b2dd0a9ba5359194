"""One row, what its tests print, and grades of it."""

from pathlib import Path

from evals.grading.base import Grade, Tally
from evals.grading.log import write_log
from evals.instances.base import Instance

ROW = Instance(
    instance_id="acme__calc-1",
    repo="acme/calc",
    base_commit="b" * 40,
    problem_statement="It breaks.",
    patch="diff --git a/calc.py b/calc.py\n--- a/calc.py\n+++ b/calc.py\n@@ -1 +1 @@\n-a\n+b\n",
    test_patch="--- a/tests/test_a.py\n+++ b/tests/test_a.py\n@@ -1 +1 @@\n-a\n+b\n",
    FAIL_TO_PASS=("tests/test_a.py::test_new",),
    PASS_TO_PASS=("tests/test_a.py::test_old[a b]",),
)
PASSED = "PASSED tests/test_a.py::test_new\nPASSED tests/test_a.py::test_old[a b]\n"


def log(folder: Path, printed: str, exit_code: int | None = 0) -> Path:
    (folder / "printed").write_text(printed)
    write_log(folder / "test_output.txt", folder / "printed", exit_code)
    return folder / "test_output.txt"


def piece(name: str, *, new: bool = False) -> bytes:
    old = "/dev/null" if new else f"a/{name}"
    mode = "new file mode 100644\n" if new else ""
    return f"diff --git a/{name} b/{name}\n{mode}--- {old}\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n".encode()


def grade(*, new: bool, old: bool = True) -> Grade:
    def tally(passed: bool, names: tuple[str, ...]) -> Tally:
        return Tally(passed=names) if passed else Tally(failed=names)

    return Grade(
        instance_id=ROW.instance_id,
        resolved=new and old,
        reason="resolved" if new and old else "broke tests" if new else "wrong patch",
        fail_to_pass=tally(new, ROW.FAIL_TO_PASS),
        pass_to_pass=tally(old, ROW.PASS_TO_PASS),
    )


GOOD, BAD, FLAKY = grade(new=True), grade(new=False), grade(new=True, old=False)
