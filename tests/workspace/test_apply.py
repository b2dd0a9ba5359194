"""A diff reaches the user's files whole or not at all, and leaves everything else as it was."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.delivery.apply import apply_to_worktree
from sandbox.errors import PatchRefused
from tests.workspace.places import Place, Repo, give_away, tree, trust_every_folder

Enter = Callable[..., Place]


@pytest.fixture
async def place(repo: Repo, enter: Enter) -> Place:
    """A sandbox of a repository with something of everything."""
    repo.write("dos.txt", b"one\r\ntwo\r\nthree\r\n")
    repo.write("pic.bin", bytes(range(256)))
    repo.write("old/name.txt", "".join(f"line {n}\n" for n in range(20)))
    repo.commit()
    entered = enter(repo.path)
    await entered.checkpoints.begin()
    return entered


async def edited(place: Place) -> bytes:
    workspace = place.workspace
    workspace.write("dos.txt", b"one\r\n2\r\nthree\r\n")
    workspace.write("pic.bin", bytes(reversed(range(256))))
    (workspace.path / "old" / "name.txt").rename(workspace.path / "new name.txt")
    (workspace.path / "old").rmdir()
    workspace.write("old", "a file now\n")
    (workspace.path / "run.sh").unlink()
    (workspace.path / "run.sh").symlink_to("src/app.py")
    (workspace.path / "src/app.py").chmod(0o755)
    workspace.write("deep/er/file", "no newline")
    return await place.checkpoints.diff()


async def test_everything_a_diff_can_hold_is_applied_exactly(place: Place, repo: Repo) -> None:
    index, head = (repo.path / ".git/index").read_bytes(), repo.git("rev-parse", "HEAD")
    summary = apply_to_worktree(repo.path, await edited(place))
    assert "deep/er/file" in summary.paths
    assert tree(repo.path) == tree(place.workspace.path)
    assert (repo.path / ".git/index").read_bytes() == index
    assert repo.git("rev-parse", "HEAD") == head


async def test_line_ends_are_not_converted_on_the_way(repo: Repo, enter: Enter) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write(".gitattributes", "*.lf text eol=crlf\n")
    repo.write("x.lf", b"a\r\nb\r\n")
    repo.write("y.txt", b"a\nb\n")
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    place.workspace.write("x.lf", b"a\r\nB\r\n")
    place.workspace.write("y.txt", b"a\nB\n")
    apply_to_worktree(repo.path, await place.checkpoints.diff())
    assert (repo.path / "x.lf").read_bytes() == b"a\r\nB\r\n"
    assert (repo.path / "y.txt").read_bytes() == b"a\nB\n"


async def test_changes_of_the_user_elsewhere_in_a_file_stay(place: Place, repo: Repo) -> None:
    place.workspace.write("src/app.py", "print('one')\nprint('two')\nprint('three')\nprint('four')\n")
    patch = await place.checkpoints.diff()
    repo.write("README.md", "edited meanwhile\n")
    repo.write("old/name.txt", "edited meanwhile\n")
    apply_to_worktree(repo.path, patch)
    assert (repo.path / "README.md").read_text() == "edited meanwhile\n"
    assert (repo.path / "src/app.py").read_text().endswith("print('four')\n")


async def test_a_file_edited_meanwhile_is_named_and_nothing_is_changed(place: Place, repo: Repo) -> None:
    patch = await edited(place)
    repo.write("dos.txt", b"something else\n")
    (repo.path / "run.sh").unlink()
    repo.write("deep/er/file", "the user's own")
    before = tree(repo.path)
    with pytest.raises(PatchRefused) as caught:
        apply_to_worktree(repo.path, patch)
    words = str(caught.value)
    assert "dos.txt changed since the session began" in words
    assert "run.sh no longer there" in words
    assert "deep/er/file there already" in words
    assert "--patch FILE" in words
    assert "--branch NAME" in words
    assert tree(repo.path) == before


async def test_what_fails_in_the_middle_is_taken_back(place: Place, repo: Repo) -> None:
    patch = await edited(place)
    repo.write("old/ignored by the diff", "the user's own, where a file has to be")
    before = tree(repo.path)
    with pytest.raises(PatchRefused, match="all files are as they were"):
        apply_to_worktree(repo.path, patch)
    assert tree(repo.path) == before


async def test_modes_are_kept_but_for_the_executable_bit(place: Place, repo: Repo) -> None:
    (repo.path / "dos.txt").chmod(0o640)
    (repo.path / "src/app.py").chmod(0o640)
    apply_to_worktree(repo.path, await edited(place))
    assert (repo.path / "dos.txt").stat().st_mode & 0o777 == 0o640
    assert (repo.path / "src/app.py").stat().st_mode & 0o777 == 0o750


@pytest.mark.skipif(os.getuid() != 0, reason="only root can write files of others")
async def test_files_keep_their_owner_and_new_ones_get_that_of_the_repository(
    place: Place, repo: Repo, own_git_settings: Path
) -> None:
    patch = await edited(place)
    trust_every_folder(own_git_settings)
    give_away(repo.path, 1234)
    os.chown(repo.path / "dos.txt", 2345, 2345)
    apply_to_worktree(repo.path, patch)
    assert (repo.path / "dos.txt").stat().st_uid == 2345
    for name in ("new name.txt", "deep", "deep/er", "deep/er/file", "run.sh", "old"):
        assert (repo.path / name).lstat().st_uid == 1234, name


async def test_a_link_of_the_user_is_not_written_through(place: Place, repo: Repo, tmp_path: Path) -> None:
    patch = await edited(place)
    (tmp_path / "outside").mkdir()
    (repo.path / "deep").symlink_to(tmp_path / "outside")
    with pytest.raises(PatchRefused, match="deep is a link"):
        apply_to_worktree(repo.path, patch)
    assert tree(tmp_path / "outside") == {}


async def test_a_link_that_leads_out_is_refused(place: Place, repo: Repo) -> None:
    (place.workspace.path / "notes").symlink_to("/etc/passwd")
    before = tree(repo.path)
    with pytest.raises(PatchRefused, match="notes a link to /etc/passwd"):
        apply_to_worktree(repo.path, await place.checkpoints.diff())
    assert tree(repo.path) == before


async def test_a_link_that_leads_out_once_it_is_moved_is_refused(repo: Repo, enter: Enter) -> None:
    (repo.path / "a/b").mkdir(parents=True)
    (repo.path / "a/b/link").symlink_to("../../README.md")
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    (place.workspace.path / "a/b/link").rename(place.workspace.path / "link")
    patch = await place.checkpoints.diff()
    assert b"rename to link" in patch
    with pytest.raises(PatchRefused, match=r"link a link to \.\./\.\./README\.md"):
        apply_to_worktree(repo.path, patch)


async def test_an_empty_diff_changes_nothing(repo: Repo) -> None:
    before = tree(repo.path)
    assert apply_to_worktree(repo.path, b"").files == ()
    assert tree(repo.path) == before
