"""Checkpoints: what is recorded, what comes back, and what the agent cannot break by accident."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.workspace.checkpoints import Checkpoints
from sandbox.workspace.snapshot import take_snapshot
from tests.workspace.places import Place, Repo, git_apply, tree, unpack

NOBODY = 65534
Enter = Callable[..., Place]


@pytest.fixture
async def place(repo: Repo, enter: Enter) -> Place:
    entered = enter(repo.path)
    await entered.checkpoints.begin()
    return entered


def apply_on_copy(patch: bytes, original: Path, copy: Path) -> dict[str, tuple[str, bytes]]:
    shutil.copytree(original, copy, symlinks=True)
    shutil.rmtree(copy / ".git", ignore_errors=True)
    git_apply(patch, copy)
    return tree(copy)


async def test_the_start_is_number_0_and_an_unchanged_workspace_stays_at_its_number(place: Place) -> None:
    first = await place.checkpoints.checkpoint()
    assert first.number == 0
    assert await place.checkpoints.diff() == b""
    place.workspace.write("new.txt", "new\n")
    second = await place.checkpoints.checkpoint()
    assert second.number == 1
    assert second.tree != first.tree
    assert await place.checkpoints.checkpoint() == second


async def test_restore_goes_back_and_forth(place: Place) -> None:
    folder = place.workspace.path
    before = tree(folder)
    (folder / "README.md").unlink()
    (folder / "src" / "app.py").rename(folder / "app.py")
    (folder / "src").rmdir()
    place.workspace.write("src", "a file where a folder was\n")
    (folder / "run.sh").chmod(0o644)
    (folder / "link").symlink_to("app.py")
    after = tree(folder)
    await place.checkpoints.checkpoint()
    await place.checkpoints.restore(0)
    assert tree(folder) == before
    assert (await place.checkpoints.checkpoint()).number == 0
    await place.checkpoints.restore(1)
    assert tree(folder) == after
    assert (await place.checkpoints.checkpoint()).number == 1


async def test_restore_drops_what_was_never_recorded(place: Place) -> None:
    before = tree(place.workspace.path)
    place.workspace.write("src/app.py", "broken")
    place.workspace.write("scratch/deep/file", "x")
    await place.checkpoints.restore(0)
    assert tree(place.workspace.path) == before
    assert not (place.workspace.path / "scratch").exists()


async def test_ignored_files_are_left_alone(repo: Repo, enter: Enter) -> None:
    repo.write(".gitignore", "*.log\nbuild/\n")
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    place.workspace.write("build/out.o", "o")
    place.workspace.write("x.log", "log")
    place.workspace.write("src/app.py", "changed\n")
    assert b"log" not in await place.checkpoints.diff()
    await place.checkpoints.restore(0)
    assert (place.workspace.path / "build" / "out.o").exists()
    assert (place.workspace.path / "x.log").exists()


async def test_an_ignored_file_gives_way_to_a_recorded_one(repo: Repo, enter: Enter) -> None:
    repo.write(".gitignore", "*.log\n")
    repo.write("thing", "a file\n")
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    (place.workspace.path / "thing").unlink()
    place.workspace.write("thing/x.log", "ignored, in a folder where the file was\n")
    await place.checkpoints.checkpoint()
    await place.checkpoints.restore(0)
    assert (place.workspace.path / "thing").read_text() == "a file\n"


async def test_a_file_that_is_tracked_though_ignored_is_recorded(repo: Repo, enter: Enter) -> None:
    repo.write(".gitignore", "*.log\n")
    repo.write("kept.log", "one\n")
    repo.git("add", "-f", "kept.log")
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    place.workspace.write("kept.log", "two\n")
    assert b"+two" in await place.checkpoints.diff()
    await place.checkpoints.restore(0)
    assert (place.workspace.path / "kept.log").read_text() == "one\n"


async def test_what_a_setup_step_left_never_appears_in_a_diff(repo: Repo, enter: Enter) -> None:
    place = enter(repo.path)
    odd = [
        "app.egg-info/PKG-INFO",
        "node_modules/x/index.js",
        "a[b]*?.so",
        " lead",
        "trail ",
        "new\nline",
        "#hash",
        "!no",
    ]
    for name in [*odd, "src/_version.py", "back\\slash"]:
        place.workspace.write(name, "made by setup")
    await place.checkpoints.begin()
    assert await place.checkpoints.diff() == b""
    place.workspace.write("node_modules/x/index.js", "made again")
    place.workspace.write("src/new.py", "new\n")
    changed = await place.checkpoints.diff()
    assert b"src/new.py" in changed
    assert changed.count(b"diff --git") == 1
    await place.checkpoints.restore(0)
    assert (place.workspace.path / "new\nline").exists()
    assert not (place.workspace.path / "src" / "new.py").exists()


async def test_a_patch_holds_binary_files_renames_modes_line_ends_and_odd_names(
    repo: Repo, enter: Enter, tmp_path: Path
) -> None:
    repo.write("image.bin", bytes(range(256)) * 20)
    repo.write("windows.txt", b"one\r\ntwo\r\nthree\r\n")
    repo.write("long.py", "".join(f"line {n}\n" for n in range(50)))
    repo.write("no newline", "end")
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    workspace = place.workspace
    workspace.write("image.bin", bytes(reversed(range(256))) * 21)
    workspace.write("windows.txt", b"one\r\n2\r\nthree\r\n")
    (workspace.path / "long.py").rename(workspace.path / "moved to.py")
    (workspace.path / "run.sh").chmod(0o644)
    workspace.write("no newline", "end.")
    workspace.write('tab\tquote"line\nü.txt', "odd\n")
    workspace.write(os.fsdecode(b"latin-\xe9"), "odd\n")
    workspace.write("empty")
    patch = await place.checkpoints.diff()
    assert b"rename from long.py" in patch
    assert b"GIT binary patch" in patch
    assert b"old mode 100755" in patch
    assert apply_on_copy(patch, repo.path, tmp_path / "copy") == tree(workspace.path)


async def test_attributes_of_the_repository_do_not_change_what_is_recorded(repo: Repo, enter: Enter) -> None:
    repo.write(
        ".gitattributes", "* text=auto eol=lf\n*.lock -diff\n*.u16 working-tree-encoding=UTF-16\n*.id ident\n"
    )
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    contents = {"crlf.txt": b"a\r\nb\r\n", "x.lock": b"a\n", "x.u16": b"plain\n", "x.id": b"$Id: abc $\n"}
    for name, content in contents.items():
        place.workspace.write(name, content)
    patch = await place.checkpoints.diff()
    assert b"GIT binary patch" not in patch
    number = (await place.checkpoints.checkpoint()).number
    await place.checkpoints.restore(0)
    await place.checkpoints.restore(number)
    assert {name: (place.workspace.path / name).read_bytes() for name in contents} == contents


async def test_swapped_files_of_one_size_and_time_are_noticed(repo: Repo, enter: Enter) -> None:
    repo.write("a", "1\n")
    repo.write("b", "2\n")
    for name in ("a", "b"):
        os.utime(repo.path / name, (1_600_000_000, 1_600_000_000))
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    folder = place.workspace.path
    (folder / "a").rename(folder / "c")
    (folder / "b").rename(folder / "a")
    (folder / "c").rename(folder / "b")
    assert (await place.checkpoints.checkpoint()).number == 1


async def test_what_the_agent_does_with_its_own_git_does_not_matter(place: Place) -> None:
    workspace = place.workspace
    workspace.write("src/app.py", "changed\n")
    await place.checkpoints.checkpoint()
    workspace.commit("the agent's own")
    workspace.git("gc", "-q", "--prune=now")
    assert (await place.checkpoints.checkpoint()).number == 1
    shutil.rmtree(workspace.path / ".git")
    assert b"+changed" in await place.checkpoints.diff()
    workspace.git("init", "-q")
    await place.checkpoints.restore(0)
    assert "one" in (workspace.path / "src" / "app.py").read_text()


@pytest.mark.parametrize("committed", [True, False])
async def test_files_in_a_repository_made_inside_are_recorded_as_files(place: Place, committed: bool) -> None:
    inner = Repo(place.workspace.path / "new app")
    inner.path.mkdir()
    inner.git("init", "-q")
    inner.write("main.py", "main\n")
    inner.write("deep/er.py", "deep\n")
    if committed:
        inner.commit()
    inner_inner = Repo(inner.path / "lib")
    inner_inner.path.mkdir()
    inner_inner.git("init", "-q")
    inner_inner.write("lib.c", "int x;\n")
    recorded = tree(place.workspace.path)
    number = (await place.checkpoints.checkpoint()).number
    patch = await place.checkpoints.diff()
    assert b"160000" not in patch
    assert patch.count(b"diff --git") == 3
    inner.write("main.py", "changed\n")
    inner.write("more.py", "more\n")
    assert (await place.checkpoints.diff()).count(b"diff --git") == 4
    await place.checkpoints.restore(number)
    assert tree(place.workspace.path) == recorded
    await place.checkpoints.restore(0)
    assert not inner.path.exists()


async def test_files_over_the_limit_stay_as_they_were_recorded(place: Place) -> None:
    small = Checkpoints(place.shell, str(place.workspace.path), str(place.root / "mimosa"), max_file_mb=1)
    await small.begin()
    place.workspace.write("-dash", "x" * 1_000_000)
    place.workspace.write("core", "x" * 1_000_001)
    place.workspace.write("src/app.py", "x" * 2_000_000)
    patch = await small.diff()
    assert patch.count(b"diff --git") == 1
    assert b"b/-dash" in patch
    await small.restore(0)
    assert "one" in (place.workspace.path / "src/app.py").read_text()


async def test_an_empty_repository_inside_is_no_obstacle(place: Place) -> None:
    place.workspace.git("init", "-q", "empty")
    place.workspace.write("x", "x")
    assert (await place.checkpoints.checkpoint()).number == 1
    assert (await place.checkpoints.checkpoint()).number == 1


async def test_pipes_and_sockets_are_no_obstacle(place: Place) -> None:
    os.mkfifo(place.workspace.path / "pipe")
    (place.workspace.path / "README.md").unlink()
    os.mkfifo(place.workspace.path / "README.md")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(place.workspace.path)
        listener.bind("socket")
        os.chdir(here)
        place.workspace.write("x", "x\n")
        await place.checkpoints.checkpoint()
        assert (await place.checkpoints.diff()).count(b"diff --git") == 1
        await place.checkpoints.restore(0)
    assert (place.workspace.path / "README.md").read_text() == "hello\n"


async def test_a_workspace_that_was_deleted_comes_back(place: Place) -> None:
    before = tree(place.workspace.path)
    shutil.rmtree(place.workspace.path)
    assert (await place.checkpoints.diff()).count(b"deleted file") == 3
    await place.checkpoints.restore(0)
    assert tree(place.workspace.path) == before


async def test_folders_that_may_not_be_written_are_restored_too(place: Place) -> None:
    cache = place.workspace.write("cache/mod/x.go", "package x\n").parent
    cache.chmod(0o555)
    await place.checkpoints.restore(0)
    assert not cache.exists()


async def test_a_killed_git_leaves_no_lock(place: Place) -> None:
    (place.store / "index.lock").touch()
    place.workspace.write("x", "x\n")
    assert (await place.checkpoints.checkpoint()).number == 1


async def test_a_damaged_store_is_said(place: Place) -> None:
    shutil.rmtree(place.store)
    with pytest.raises(SandboxError, match=r"store\.git.* cannot be used"):
        await place.checkpoints.checkpoint()


async def test_a_full_disk_is_said_and_going_back_frees_it(repo: Repo, tmp_path: Path, small_disk: Path) -> None:
    place = unpack(
        take_snapshot(repo.path, tmp_path / "s.tar", uid=os.getuid(), gid=os.getgid()), small_disk / "p"
    )
    await place.checkpoints.begin()
    before = tree(place.workspace.path)
    with pytest.raises(OSError, match="No space left"):
        place.workspace.write("endless", os.urandom(20_000_000))
    with pytest.raises(SandboxError, match="no disk space left"):
        await place.checkpoints.checkpoint()
    await place.checkpoints.restore(0)
    assert tree(place.workspace.path) == before
    assert (await place.checkpoints.checkpoint()).number == 0


async def test_an_unknown_number_is_said(place: Place) -> None:
    with pytest.raises(SandboxError, match="no checkpoint 3; they go from 0 to 0"):
        await place.checkpoints.restore(3)


async def test_a_diff_is_of_the_files_as_they_are_whatever_was_asked_before(place: Place) -> None:
    place.workspace.write("src/app.py", "one\n")
    first = await place.checkpoints.checkpoint()
    recorded = await place.checkpoints.diff(0, first.number)

    assert await place.checkpoints.diff() == recorded
    place.workspace.write("src/app.py", "two\n")
    assert b"+two" in await place.checkpoints.diff()
    place.workspace.write("src/app.py", "one\n")
    assert await place.checkpoints.diff() == recorded
    await place.checkpoints.restore(0)
    assert await place.checkpoints.diff() == b""
    await place.checkpoints.restore(first.number)
    assert await place.checkpoints.diff() == recorded


async def test_a_saved_patch_goes_into_a_new_sandbox(place: Place, repo: Repo, enter: Enter) -> None:
    place.workspace.write("src/app.py", "changed\n")
    place.workspace.write("blob", os.urandom(300_000))
    (place.workspace.path / "README.md").rename(place.workspace.path / "READ ME")
    patch = await place.checkpoints.diff()
    other = enter(repo.path)
    await other.checkpoints.begin()
    resumed = await other.checkpoints.apply(patch)
    assert resumed.number == 1
    assert tree(other.workspace.path) == tree(place.workspace.path)
    assert await other.checkpoints.diff() == patch
    assert (await other.checkpoints.apply(b"")) == resumed
    with pytest.raises(SandboxError, match="does not fit"):
        await other.checkpoints.apply(patch)
    assert tree(other.workspace.path) == tree(place.workspace.path)


async def test_an_unreadable_file_stays_as_it_was_recorded(repo: Repo, tmp_path: Path, open_folder: Path) -> None:
    # Root reads everything, so as root the sandbox's side runs as somebody else.
    user = NOBODY if os.getuid() == 0 else os.getuid()
    taken = take_snapshot(repo.path, tmp_path / "s.tar", uid=user, gid=os.getgid())
    place = unpack(taken, open_folder / "place", user)
    await place.checkpoints.begin()
    place.workspace.write("README.md", "changed, then locked\n")
    for name in ("README.md", "locked"):
        path = place.workspace.write(name, "locked")
        os.chown(path, user, -1)
        path.chmod(0)
    place.workspace.write("x", "x\n")
    closed = place.workspace.path / "src"
    os.chown(closed, user, -1)
    closed.chmod(0)
    patch = await place.checkpoints.diff()
    closed.chmod(0o755)
    assert patch.count(b"diff --git") == 1
    assert b"b/x\n" in patch
