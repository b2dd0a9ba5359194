"""The user's files and the workspace as trees: found, compared, merged on their common base."""

import os
from pathlib import Path

import pytest
from exchanged import git

from sandbox.exchange.hunks import file_diff
from sandbox.exchange.merge import merge, merged_content
from sandbox.exchange.trees import Blob, Trees
from sandbox.exchange.users_tree import users_tree


def names(trees: Trees, old: str, new: str) -> set[str]:
    return set(trees.differences(old, new))


def edited(trees: Trees, tree: str, path: str, text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    return trees.with_paths(tree, {path: Blob(0o100644, trees.store(content))})


def text_of(trees: Trees, tree: str, path: str) -> str:
    side = trees.at(tree, [path])[path]
    assert side is not None
    return trees.content(side.id).decode()


LINES = "".join(f"line {n}\n" for n in range(1, 31))


def test_files_as_they_were_are_the_start(trees: Trees) -> None:
    assert users_tree(trees) == trees.start


def test_every_kind_of_edit_is_found(trees: Trees, repository: Path) -> None:
    (repository / "a.txt").write_text("other\n")
    (repository / "src" / "b.py").unlink()
    (repository / "run.sh").chmod(0o755)
    (repository / "new.txt").write_bytes(b"\0binary")
    (repository / "häß lich\n.txt").write_text("name\n")
    (repository / "link").symlink_to("a.txt")
    (repository / "y.log").write_text("ignored too\n")
    now = users_tree(trees)
    assert names(trees, trees.start, now) == {
        "a.txt", "src/b.py", "run.sh", "new.txt", "häß lich\n.txt", "link",
    }  # fmt: skip
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "all of it")
    assert users_tree(trees) == now, "a commit is no edit"
    git(repository, "reset", "-q", "--hard", "HEAD~1")
    (repository / "new.txt").write_text("untracked\n")
    assert users_tree(trees) == trees.start


def test_an_edit_of_equal_size_and_time_is_found_if_the_inode_tells(trees: Trees, repository: Path) -> None:
    before = (repository / "a.txt").stat()
    replacement = repository / "a.new"
    replacement.write_text(LINES.replace("line 1\n", "LINE 1\n"))
    os.utime(replacement, ns=(before.st_atime_ns, before.st_mtime_ns))
    replacement.replace(repository / "a.txt")
    assert names(trees, trees.start, users_tree(trees)) == {"a.txt"}


def test_a_file_that_is_ignored_from_now_on_is_not_gone(trees: Trees, repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\nnew.txt\n")
    assert names(trees, trees.start, users_tree(trees)) == {".gitignore"}
    (repository / "new.txt").unlink()
    assert names(trees, trees.start, users_tree(trees)) == {".gitignore", "new.txt"}


def test_a_folder_in_place_of_a_file(trees: Trees, repository: Path) -> None:
    (repository / "new.txt").unlink()
    (repository / "new.txt").mkdir()
    (repository / "new.txt" / "inner").write_text("x\n")
    assert names(trees, trees.start, users_tree(trees)) == {"new.txt", "new.txt/inner"}


def test_a_folder_that_became_a_link_out_of_the_tree_is_not_followed(
    trees: Trees, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.py").write_text("secret\n")
    (repository / "src" / "b.py").unlink()
    (repository / "src").rmdir()
    (repository / "src").symlink_to(tmp_path / "elsewhere")
    now = users_tree(trees)
    assert names(trees, trees.start, now) == {"src", "src/b.py"}
    assert trees.at(now, ["src/b.py"]) == {"src/b.py": None}


def test_edits_in_different_places_go_together(trees: Trees) -> None:
    base = trees.start
    ours = edited(trees, base, "a.txt", LINES.replace("line 3\n", "ours\n"))
    theirs = edited(trees, base, "a.txt", LINES.replace("line 20\n", "theirs\n"))
    merged = merge(trees, base, ours, theirs)
    assert merged.taken == ["a.txt"] and not merged.conflicts
    assert text_of(trees, merged.tree, "a.txt") == LINES.replace("line 3\n", "ours\n").replace(
        "line 20\n", "theirs\n"
    )


def test_what_both_did_is_done_once(trees: Trees) -> None:
    ours = edited(trees, trees.start, "src/b.py", "x = 2\n")
    merged = merge(trees, trees.start, ours, ours)
    assert merged.tree == ours and merged.same == ["src/b.py"] and not merged.taken


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("x = 2\n", "x = 3\n"), (None, "x = 3\n"), ("x = 2\n", None), (b"\0ours", b"\0theirs")],
)
def test_what_does_not_go_together_stays_ours_and_is_told(
    trees: Trees, ours: str | bytes | None, theirs: str | bytes | None
) -> None:
    def made(text: str | bytes | None) -> str:
        if text is None:
            return trees.with_paths(trees.start, {"src/b.py": None})
        return edited(trees, trees.start, "src/b.py", text)

    merged = merge(trees, trees.start, made(ours), edited(trees, made(theirs), "other.txt", "x"))
    assert [conflict.path for conflict in merged.conflicts] == ["src/b.py"]
    assert merged.taken == ["other.txt"]
    assert merged.tree == edited(trees, made(ours), "other.txt", "x")


def test_a_file_where_the_other_has_a_folder_is_a_conflict(trees: Trees) -> None:
    ours = edited(trees, trees.start, "deep/inner.txt", "x")
    theirs = edited(trees, trees.start, "deep", "y")
    merged = merge(trees, trees.start, ours, theirs)
    assert [conflict.path for conflict in merged.conflicts] == ["deep"] and merged.tree == ours


def test_a_mode_and_an_edit_go_together(trees: Trees) -> None:
    side = trees.at(trees.start, ["run.sh"])["run.sh"]
    assert side is not None
    ours = trees.with_paths(trees.start, {"run.sh": Blob(0o100755, side.id)})
    theirs = edited(trees, trees.start, "run.sh", "false\n")
    merged = merge(trees, trees.start, ours, theirs)
    found = trees.at(merged.tree, ["run.sh"])["run.sh"]
    assert found is not None and found.mode == 0o100755 and trees.content(found.id) == b"false\n"


def test_markers_name_both_sides(trees: Trees) -> None:
    base, ours, theirs = (Blob(0o100644, trees.store(text)) for text in (b"a\n", b"b\n", b"c\n"))
    content, conflicting = merged_content(trees, base, ours, theirs)
    assert conflicting
    assert content == b"<<<<<<< the agent's\nb\n=======\nc\n>>>>>>> yours\n"


def test_a_patch_of_some_hunks_alone(trees: Trees) -> None:
    text = LINES.replace("line 2\n", "").replace("line 15\n", "15\n15\n").replace("line 29\n", "")
    new = edited(trees, trees.start, "a.txt", text)
    diff = file_diff(trees.patch(trees.start, new))
    assert [hunk.number for hunk in diff.hunks] == [1, 2, 3]
    assert (diff.hunks[1].additions, diff.hunks[1].deletions) == (2, 1)
    only = trees.after(trees.start, diff.only({2}))
    assert text_of(trees, only, "a.txt") == LINES.replace("line 15\n", "15\n15\n")
    rest = trees.after(only, file_diff(trees.patch(only, new)).only({1, 2}))
    assert rest == new


def test_a_patch_made_here_is_the_tree_it_was_made_of(trees: Trees) -> None:
    new = edited(trees, edited(trees, trees.start, "bin", b"\0\1\2"), "a.txt", "")
    new = trees.with_paths(new, {"src/b.py": None})
    assert trees.after(trees.start, trees.patch(trees.start, new)) == new
