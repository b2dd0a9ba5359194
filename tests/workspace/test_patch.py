"""What a diff says it does, and which diffs never reach the user's files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.delivery.patch import check_patch, inspect_patch, link_leads_out
from sandbox.errors import PatchRefused
from tests.workspace.places import Repo


def added(path: str, mode: str = "100644", line: str = "x") -> bytes:
    return (
        f"diff --git a/{path} b/{path}\nnew file mode {mode}\nindex {'0' * 40}..{'1' * 40}\n--- /dev/null\n"
        f"+++ b/{path}\n@@ -0,0 +1 @@\n+{line}\n\\ No newline at end of file\n"
    ).encode()


def diff(repo: Repo) -> bytes:
    repo.git("add", "-A")
    return os.fsencode(repo.git("diff", "--cached", "--binary", "--full-index", "-M", "HEAD") + "\n")


def test_every_kind_of_change_is_told(repo: Repo) -> None:
    repo.write("gone.txt", "1\n2\n")
    repo.write("moved.txt", "".join(f"{n}\n" for n in range(20)))
    repo.write("pic.bin", bytes(range(256)))
    repo.write("plain", "not a link")
    repo.commit()
    (repo.path / "gone.txt").unlink()
    (repo.path / "moved.txt").rename(repo.path / "moved here.txt")
    repo.write("pic.bin", bytes(reversed(range(256))))
    (repo.path / "run.sh").chmod(0o644)
    repo.write("src/app.py", "print('one')\nprint('2')\nprint('three')\nprint('four')")
    repo.write("empty file")
    repo.write('odd\n"ü\t.txt', "--- a/x\n+++ b/x\n@@ -1 +1 @@\n")
    (repo.path / "plain").unlink()
    (repo.path / "plain").symlink_to("README.md")
    summary = inspect_patch(diff(repo))
    assert {(file.path, file.kind, file.additions, file.deletions) for file in summary.files} == {
        ("gone.txt", "deleted", 0, 2),
        ("moved here.txt", "renamed", 0, 0),
        ("pic.bin", "modified", 0, 0),
        ("run.sh", "mode", 0, 0),
        ("src/app.py", "modified", 2, 1),
        ("empty file", "added", 0, 0),
        ('odd\n"ü\t.txt', "added", 3, 0),
        ("plain", "deleted", 0, 1),
        ("plain", "added", 1, 0),
    }
    assert summary.additions == 6
    by_path = {file.path: file for file in summary.files}
    assert by_path["moved here.txt"].old_path == "moved.txt"
    assert by_path["pic.bin"].binary
    assert (by_path["run.sh"].old_mode, by_path["run.sh"].new_mode) == (0o100755, 0o100644)
    assert by_path["plain"].target == b"README.md"


def test_nothing_is_in_an_empty_diff() -> None:
    assert inspect_patch(b"").files == ()


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (added("../x"), r"\.\./x lies outside"),
        (added("a/../../x"), "lies outside"),
        (added("/etc/passwd"), "/etc/passwd lies outside"),
        (added(".git/hooks/post-checkout"), r"\.git/hooks/post-checkout lies inside \.git"),
        (added("sub/.GIT/config"), r"lies inside \.git"),
        (added("git~1/config"), r"lies inside \.git"),
        (added("link", "120000", "/etc/passwd"), "link a link to /etc/passwd, which leads out"),
        (added("d/link", "120000", "../../x"), "leads out"),
        (added("link", "120000", ".git/hooks"), "leads out"),
        (added("module", "160000", "Subproject commit " + "1" * 40), "submodule module"),
        (added("device", "020644"), "mode 20644"),
    ],
)
def test_a_diff_that_reaches_out_is_refused_by_name(patch: bytes, words: str) -> None:
    assert inspect_patch(patch)
    with pytest.raises(PatchRefused, match=words):
        check_patch(added("fine.txt") + patch)


@pytest.mark.parametrize("target", ["x", "../x", "./a/b", "../d/x", "..", "a.git"])
def test_links_that_stay_inside_are_fine(target: str) -> None:
    assert check_patch(added("d/link", "120000", target)).files[0].target == target.encode()


@pytest.mark.parametrize("target", ["../..", "a/../../..", "x/../y", "/", "", "../.git/config", "a\nb"])
def test_links_that_could_lead_out_do_lead_out(target: str) -> None:
    assert link_leads_out("d/link", target.encode())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + b"garbage\n",
        lambda text: b"garbage\n" + text,
        lambda text: text.replace(b"+++ b/fine", b"+++ b/.git/config"),
        lambda text: text.replace(b"b/fine.txt\nnew", b"b/other.txt\nnew"),
        lambda text: text.replace(b"@@ -0,0 +1 @@", b"@@ -0,0 +1,3 @@"),
        lambda text: text.replace(b"+x", b"x"),
        lambda text: text.replace(b"100644", b"1006444"),
        lambda text: text.replace(b"--- /dev/null", b"Binary files /dev/null and b/fine.txt differ"),
        lambda text: text[: text.index(b"@@")],
    ],
)
def test_a_damaged_diff_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(PatchRefused, match="the diff is damaged"):
        inspect_patch(spoil(added("fine.txt")))


def test_names_are_those_that_git_sees(repo: Repo, tmp_path: Path) -> None:
    names = [
        "a b/a b",
        "a b",
        "x b/x",
        "tab\t",
        "end ",
        "ü",
        "back\\slash",
        'q"',
        "new\nline",
        os.fsdecode(b"\xe9"),
    ]
    for number, name in enumerate(names):
        repo.write(f"{number}/{name}", "text\n")
    patch = diff(repo)
    (tmp_path / "patch").write_bytes(patch)
    listed = repo.git("apply", "--numstat", "-z", str(tmp_path / "patch")).split("\0")[:-1]
    assert [entry.split("\t", 2)[2] for entry in listed] == [file.path for file in check_patch(patch).files]
