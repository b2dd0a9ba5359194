"""Diffs are read as models write them, and what cannot be read is told."""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tools.patch.hunks import Misfit, apply_hunks
from tools.patch.model import BadPatch, FilePatch
from tools.patch.parse import parse_patch
from tools.text_file import TextFile

PLAIN = "--- a/f.py\n+++ b/f.py\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
LINE = st.sampled_from(["a", "b", "c", "", "  ", "-- x", "++ y", "@@", "\tz"])


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, str]:
    """Before and after, neither empty. Only a file with Windows' line breaks may become one with them."""
    breaks = draw(st.sampled_from([("\n", "\n"), ("\r\n", "\r\n"), ("\r\n", "\n")]))
    lines = st.lists(LINE, min_size=1, max_size=25).filter(any)
    before, after = (each.join(draw(lines)) + each * draw(st.booleans()) for each in breaks)
    return before, after


def applied(before: str, diff: str) -> str:
    (file,) = parse_patch(diff)
    return apply_hunks(TextFile(before), file.hunks)[0]


def refusal(diff: str) -> str:
    with pytest.raises(BadPatch) as refused:
        parse_patch(diff)
    return str(refused.value)


def misfit(before: str, diff: str) -> str:
    with pytest.raises(Misfit) as refused:
        applied(before, diff)
    return str(refused.value)


@pytest.mark.parametrize(
    "diff",
    [
        PLAIN,
        PLAIN.replace("-1,3 +1,3", "-7,30 +99,2"),
        PLAIN.replace("-1,3 +1,3", "-1 +1"),
        PLAIN.replace("@@ -1,3 +1,3 @@", "@@"),
        PLAIN.replace("@@ -1,3 +1,3 @@", "@@ ... @@"),
        PLAIN.replace("@@ -1,3 +1,3 @@", "@@ def f(): @@"),
        PLAIN.replace("a/", "").replace("b/", ""),
        PLAIN.replace("a/", "./").replace("b/", "./"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.rstrip("\n"),
        PLAIN + "\n\n",
        f"```diff\n{PLAIN}```",
        f"\n```\n{PLAIN}```\n",
        f"Here it is:\n\n{PLAIN}",
        f"diff --git a/f.py b/f.py\nindex 123..456 100644\n{PLAIN}",
        f"Index: f.py\n=======\n{PLAIN}",
        f"From 1234 Mon Sep\nSubject: [PATCH] x\n---\n f.py | 2 +-\n\n{PLAIN}-- \n2.39.2\n",
        PLAIN.replace("f.py\n", "f.py\t2026-01-01 00:00:00\n"),
    ],
)
def test_the_same_change_in_many_hands(diff: str) -> None:
    (file,) = parse_patch(diff)

    assert (file.old or "").removeprefix("./") == "f.py"
    assert apply_hunks(TextFile("a\nb\nc\n"), file.hunks)[0] == "a\nB\nc\n"


def test_an_empty_line_is_context_that_lost_its_blank() -> None:
    assert applied("a\n\nb\n", "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n\n-b\n+B\n") == "a\n\nB\n"


def test_removed_and_added_lines_that_look_like_headers() -> None:
    diff = "--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n--- old remark\n+-- new remark\n select 1;\n"

    assert applied("-- old remark\nselect 1;\n", diff) == "-- new remark\nselect 1;\n"


@settings(max_examples=60, deadline=None)
@given(texts(), st.integers(0, 3))
def test_what_git_makes_is_applied_as_git_means_it(both: tuple[str, str], context: int) -> None:
    before, after = both
    assume(before != after)
    with TemporaryDirectory() as folder:
        Path(folder, "old").write_bytes(before.encode())
        Path(folder, "new").write_bytes(after.encode())
        command = ["git", "-c", "core.quotePath=false", "diff", "--no-index", f"-U{context}", "old", "new"]
        diff = subprocess.run(command, cwd=folder, capture_output=True, timeout=20).stdout.decode()
    named = diff.replace("diff --git a/old b/new", "diff --git a/f b/f", 1)
    named = named.replace("--- a/old", "--- a/f", 1).replace("+++ b/new", "+++ b/f", 1)

    assert applied(before, named).replace("\r", "") == after.replace("\r", "")


@settings(deadline=None)
@given(st.text(alphabet="ab @-+\n\\/\t\"'*", max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        parse_patch("--- a/f\n+++ b/f\n" + text)
    except BadPatch as refused:
        assert len(str(refused)) > 20


def test_the_files_of_one_diff_keep_their_order_and_kinds() -> None:
    files = parse_patch(
        "diff --git a/new.py b/new.py\nnew file mode 100755\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+x\n"
        "diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        "diff --git a/was.py b/is.py\nsimilarity index 100%\nrename from was.py\nrename to is.py\n"
        "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
        'diff --git "a/caf\\303\\251 x" "b/caf\\303\\251 x"\n--- "a/caf\\303\\251 x"\n+++ "b/caf\\303\\251 x"\n'
        "@@ -1 +1 @@\n-x\n+y\n"
        "diff --git a/a file b/a file\nnew file mode 100644\nindex 0000..e69d\n"
    )

    assert [(file.old, file.new, file.executable) for file in files] == [
        (None, "new.py", True),
        ("old.py", None, None),
        ("was.py", "is.py", None),
        ("run.sh", "run.sh", True),
        ("café x", "café x", None),
        (None, "a file", False),
    ]


def test_a_rename_without_hunks_does_not_swallow_the_file_after_it() -> None:
    rename = "diff --git a/x b/y\nrename from x\nrename to y\n"

    files = parse_patch(rename + "--- /dev/null\n+++ b/z\n@@ -0,0 +1 @@\n+a\n" + PLAIN)

    assert [(file.old, file.new, len(file.hunks)) for file in files] == [
        ("x", "y", 0),
        (None, "z", 1),
        ("f.py", "f.py", 1),
    ]


def test_without_prefixes_a_folder_named_a_is_not_cut_off() -> None:
    assert parse_patch("--- a/f\n+++ a/f\n@@ -1 +1 @@\n-x\n+y\n") == [
        FilePatch("a/f", "a/f", parse_patch("--- g\n+++ g\n@@ -1 +1 @@\n-x\n+y\n")[0].hunks)
    ]


@pytest.mark.parametrize(
    ("diff", "told"),
    [
        ("", "There is no file in the diff"),
        ("just words", "There is no file in the diff"),
        ("@@ -1 +1 @@\n-a\n+b\n", "Line 1 begins a hunk, but no file was named before"),
        ("*** Begin Patch\n*** Update File: f\n", "This is not a unified diff: '*** Begin Patch'"),
        ("--- a/f\n+++ b/f\n", "There is no hunk for f"),
        ("--- a/f\n+++ b/f\n@@ -1 +1 @@\n a\n", "changes nothing"),
        ("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\nc\n", "Line 6 of the diff, in the hunk @@ -1 +1 @@, begins with"),
        ("--- a/f\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n", "names f on one side and g on the other"),
        ("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", "/dev/null on both sides"),
        ("diff --git a/x b/x\nGIT binary patch\nliteral 3\n", "Binary files cannot be patched"),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ\n", "Binary files cannot be patched"),
        ("diff --git a/x b/y\ncopy from x\ncopy to y\n", "Copies are not supported"),
        (
            "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+y\n",
            "symbolic links",
        ),
        ('--- "a/\\377"\n+++ "b/\\377"\n@@ -1 +1 @@\n-a\n+b\n', "is not quoted as git quotes names"),
    ],
)
def test_what_is_wrong_with_a_diff_is_told(diff: str, told: str) -> None:
    assert told in refusal(diff)


def test_a_hunk_is_found_where_its_lines_are() -> None:
    before = "".join(f"{number}\n" for number in range(30))
    (file,) = parse_patch("--- a/f\n+++ b/f\n@@ -3,3 +3,3 @@\n 19\n-20\n+twenty\n 21\n")

    after, notes = apply_hunks(TextFile(before), file.hunks)

    assert after == before.replace("20", "twenty")
    assert notes == ["hunk 1 is at line 20, not 3"]


def test_of_several_places_the_header_line_decides() -> None:
    before = "x\na\nx\na\nx\na\n"
    diff = "--- a/f\n+++ b/f\n@@ -3,2 +3,2 @@\n x\n-a\n+b\n"

    assert applied(before, diff) == "x\na\nx\nb\nx\na\n"
    told = misfit(before, diff.replace("-3", "-2"))
    assert "fits at lines 1, 3, 5, none of which is the one in its header" in told


def test_two_equal_hunks_take_two_places() -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"

    assert applied("a\nc\na\n", f"--- a/f\n+++ b/f\n{hunk}{hunk}") == "b\nc\nb\n"


def test_a_hunk_that_does_not_fit_is_shown_with_the_nearest_lines() -> None:
    told = misfit(
        "def f():\n    return 1\n", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n def f():\n-    return 0\n+    return 2\n"
    )

    assert told == (
        "hunk 1 of 1 does not fit:\n@@ -1,2 +1,2 @@\n def f():\n-    return 0\n+    return 2\n"
        "The nearest lines of the file are:\n     1  def f():\n     2      return 1\n"
        "First difference, at line 2: the hunk has '    return 0', the file has '    return 1'."
    )


def test_all_hunks_that_do_not_fit_are_told_at_once() -> None:
    told = misfit("a\nb\n", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-x\n+y\n@@ -2 +2 @@\n-b\n+c\n@@ -3 +3 @@\n-z\n+y\n")

    assert re.findall(r"hunk \d of 3", told) == ["hunk 1 of 3", "hunk 3 of 3"]


def test_context_keeps_the_bytes_of_the_file() -> None:
    assert applied("a  \r\nb\r\nc\r\n", "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n+C\n c\n") == (
        "a  \r\nB\r\nC\r\nc\r\n"
    )


@pytest.mark.parametrize(
    ("before", "body", "after"),
    [
        ("a\nb", "-b\n+B\n", "a\nB"),
        ("a\nb", " b\n+c\n", "a\nb\nc"),
        ("a\nb", "-b\n\\ No newline at end of file\n+B\n", "a\nB\n"),
        ("a\nb\n", "-b\n+B\n\\ No newline at end of file\n", "a\nB"),
        ("a\nb", " a\n+x\n b\n", "a\nx\nb"),
        ("a\nb", " a\n-b\n", "a"),
    ],
)
def test_the_end_of_a_file_without_a_line_break(before: str, body: str, after: str) -> None:
    assert applied(before, f"--- a/f\n+++ b/f\n@@ -2 +2 @@\n{body}") == after


def test_lines_without_context_go_after_the_line_of_the_header() -> None:
    assert applied("a\nb\n", "--- a/f\n+++ b/f\n@@ -1,0 +2 @@\n+x\n") == "a\nx\nb\n"
    assert "no context, and its header names no line" in misfit("a\n", "--- a/f\n+++ b/f\n@@\n+x\n")
