"""The diff on the screen is the edit: git applies it and arrives at the same bytes."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tools.screen_diff import unified_diff

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "\tx"]), max_size=30).map("\n".join)


@settings(max_examples=40, deadline=None)
@given(TEXTS, TEXTS)
@example("a\nb\nc", "a\nb\nc\n")
@example("a\r\nb\r\n", "a\nb\r\n")
@example("\n" * 20 + "a", "\n" * 20 + "b")
def test_git_applies_it(before: str, after: str) -> None:
    assume(before != after and before and after)
    with TemporaryDirectory() as folder:
        file = Path(folder, "f")
        file.write_bytes(before.encode())
        diff = unified_diff(before, after, "f", "f")
        subprocess.run(["git", "apply", "-"], cwd=folder, input=diff.encode(), check=True, timeout=20)
        assert file.read_bytes() == after.encode()


def test_nothing_changed_is_an_empty_diff() -> None:
    assert unified_diff("a", "a", "f", "f") == ""


def test_a_new_file_comes_from_nowhere() -> None:
    assert unified_diff("", "a\n", "/dev/null", "f") == "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n"


def test_a_small_edit_of_a_large_file_is_a_small_diff() -> None:
    lines = [f"line {number}" for number in range(100_000)]
    before = "\n".join(lines)
    lines[70_000] = "changed"

    diff = unified_diff(before, "\n".join(lines), "f", "f")

    assert "@@ -69998,7 +69998,7 @@" in diff
    assert len(diff.splitlines()) == 11
