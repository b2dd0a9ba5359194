"""The verdict on a patch follows from two runs of the tests, and the tests in a patch are told from its code."""

import pytest

from agent.fix.verify import Outcome, judge
from agent.patch_files import deleted_tests, is_test, only_tests, touched_files


def outcome(exit_code: int | None, *failures: str) -> Outcome:
    return Outcome(exit_code=exit_code, seconds=0.1, tail="", failures=frozenset(failures))


@pytest.mark.parametrize(
    ("before", "after", "brings_tests", "verdict", "reason"),
    [
        (outcome(0), outcome(0), False, "verified", "none of them shows the bug"),
        (outcome(1, "t::new"), outcome(0), True, "verified", "own tests fail without the fix"),
        (outcome(1, "t::a"), outcome(0), False, "verified", "failed before and pass"),
        (outcome(0), outcome(1, "t::a"), False, "regressed", "passed before and fail"),
        (outcome(1, "t::a"), outcome(1, "t::a", "t::b"), False, "regressed", "t::b"),
        (outcome(1, "t::a", "t::b"), outcome(1, "t::b"), False, "verified", "1 of 2"),
        (outcome(1, "t::a"), outcome(1, "t::a"), False, "unverified", "the same test fails"),
        (outcome(2), outcome(2), False, "unverified", "with and without"),
        (outcome(5), outcome(5), False, "unverified", "no tests"),
        (outcome(1, "t::a"), outcome(5), False, "regressed", "no tests with the patch"),
        (outcome(1, "t::a", "t::b"), outcome(1, "t::a", "t::b"), False, "unverified", "the same 2 tests fail"),
        (outcome(0), outcome(None), False, "regressed", "never ended"),
        (outcome(None), outcome(None), False, "unverified", "never ended"),
    ],
)
def test_the_verdict(before: Outcome, after: Outcome, brings_tests: bool, verdict: str, reason: str) -> None:
    judged, why = judge(before, after, brings_tests=brings_tests)
    assert judged == verdict
    assert reason in why


@pytest.mark.parametrize(
    "path",
    [
        "test_parse.py",
        "tests/data/x.txt",
        "pkg/tests/util.py",
        "a_test.go",
        "src/x.test.ts",
        "conftest.py",
        "spec/a.rb",
    ],
)
def test_test_files_are_known_by_name(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize("path", ["parse.py", "contest.py", "latest.py", "src/attest/x.py", "testimony.py"])
def test_other_files_are_not(path: str) -> None:
    assert not is_test(path)


def test_deleted_tests_are_named() -> None:
    gone = b"diff --git a/test_a.py b/test_a.py\ndeleted file mode 100644\n--- a/test_a.py\n+++ /dev/null\n"
    code = b"diff --git a/a.py b/a.py\ndeleted file mode 100644\n--- a/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    kept = b"diff --git a/tests/b b/tests/b\n--- a/tests/b\n+++ b/tests/b\n@@ -1 +0,0 @@\n-deleted file mode\n"
    assert deleted_tests(gone + code + kept) == ["test_a.py"]


def test_a_patch_is_cut_by_file() -> None:
    code = b"diff --git a/parse.py b/parse.py\n--- a/parse.py\n+++ b/parse.py\n@@ -1 +1 @@\n-a\n+b\n"
    test = (
        b"diff --git a/test_parse.py b/test_parse.py\nnew file mode 100644\n@@ -0,0 +1 @@\n+diff --git a/x b/x\n"
    )
    assert touched_files(code + test) == ["parse.py", "test_parse.py"]
    assert only_tests(code + test) == test
    assert only_tests(code) == b""
