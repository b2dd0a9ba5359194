"""A diff is read into files and numbered lines, whoever wrote it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_session import PATCH

from agent.export.unified import parse_diff


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-q")
    (tmp_path / "one.txt").write_text("a\nb\nc\n")
    (tmp_path / "old name.py").write_text("".join(f"line {n}\n" for n in range(30)))
    (tmp_path / "été.txt").write_text("x")
    (tmp_path / "run.sh").write_text("echo\n")
    (tmp_path / "gone.txt").write_text("-- not a header\n")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-qm", "start")
    return tmp_path


def test_what_git_writes_is_read_whole(repository: Path) -> None:
    (repository / "one.txt").write_text("a\nB\nc\nd\n")
    _git(repository, "mv", "old name.py", "new name.py")
    (repository / "été.txt").write_text("y")
    (repository / "run.sh").chmod(0o755)
    (repository / "gone.txt").unlink()
    (repository / "empty").touch()
    (repository / "logo.png").write_bytes(b"\x89PNG\x00\x01")
    _git(repository, "add", "-A")
    files = {file.name: file for file in parse_diff(_git(repository, "diff", "--cached", "--binary", "-M"))}
    assert set(files) == {"one.txt", "new name.py", "été.txt", "run.sh", "gone.txt", "empty", "logo.png"}
    assert (files["one.txt"].added, files["one.txt"].removed) == (2, 1)
    assert (files["new name.py"].old, files["new name.py"].lines) == ("old name.py", [])
    assert [line.text for line in files["été.txt"].lines if line.kind == "note"] == [
        "No newline at end of file"
    ] * 2
    assert files["run.sh"].notes == ["mode 100644 → 100755"]
    assert (files["gone.txt"].new, files["gone.txt"].notes) == ("", ["deleted"])
    assert [line.text for line in files["gone.txt"].lines if line.kind == "removed"] == ["-- not a header"]
    assert files["empty"].notes == ["new file"]
    assert files["logo.png"].binary


def test_lines_carry_their_numbers_on_both_sides(repository: Path) -> None:
    (repository / "one.txt").write_text("a\nB\nc\nd\n")
    (file,) = parse_diff(_git(repository, "diff"))
    assert [(line.kind, line.text, line.old, line.new) for line in file.lines[1:]] == [
        ("same", "a", 1, 1),
        ("removed", "b", 2, None),
        ("added", "B", None, 2),
        ("same", "c", 3, 3),
        ("added", "d", None, 4),
    ]


def test_a_plain_diff_of_two_files_is_read() -> None:
    one = "--- one.txt\t2026-11-23\n+++ one.txt\t2026-11-24\n@@ -1 +1 @@\n-a\n+b\n"
    text = f"{one}--- /dev/null\n+++ two\n@@ -0,0 +1 @@\n+c\n"
    assert [(file.name, file.added, file.removed) for file in parse_diff(text)] == [
        ("one.txt", 1, 1),
        ("two", 1, 0),
    ]


def test_a_hunk_that_is_shorter_than_it_says_does_not_swallow_the_next_file() -> None:
    text = "--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n a\n+b\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-c\n+d\n"
    assert [file.name for file in parse_diff(text)] == ["x", "y"]


def test_text_that_is_no_diff_has_no_files() -> None:
    assert parse_diff("hello\n@@ -1 +1 @@\n+x") == ()
    assert parse_diff("") == ()


@given(st.text(max_size=200) | st.lists(st.sampled_from(PATCH.split("\n")), max_size=20).map("\n".join))
def test_no_text_breaks_the_reader(text: str) -> None:
    for file in parse_diff(text):
        assert file.added + file.removed <= len(file.lines)
