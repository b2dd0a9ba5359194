"""What of a user's repository goes into a sandbox, byte for byte, and what its agent sees of it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError, SandboxError
from sandbox.workspace.snapshot import take_snapshot
from tests.workspace.places import Place, Repo, git_apply, give_away, tree

Enter = Callable[..., Place]
NOBODY = 65534


def test_a_clean_repository_arrives_whole_and_clean(repo: Repo, enter: Enter) -> None:
    place = enter(repo.path)
    assert tree(place.workspace.path) == tree(repo.path)
    assert place.workspace.git("status", "--porcelain") == ""
    assert place.workspace.git("rev-parse", "HEAD") == repo.git("rev-parse", "HEAD")
    assert place.workspace.git("branch", "--show-current") == "main"
    place.workspace.git("fsck", "--strict")
    head = repo.git("rev-parse", "--short=7", "HEAD")
    assert place.snapshot.describe() == f"HEAD {head} on main"


def test_a_dirty_tree_arrives_as_it_is_and_is_told(repo: Repo, enter: Enter) -> None:
    repo.write(".gitignore", "*.log\n")
    repo.commit()
    repo.write("src/app.py", "changed\n")
    repo.write("README.md", "staged\n")
    repo.git("add", "README.md")
    repo.write("README.md", "changed again\n")
    (repo.path / "run.sh").unlink()
    repo.write("notes.txt", "untracked\n")
    repo.write("x.log", "ignored\n")
    (repo.path / "link").symlink_to("nowhere at all")
    place = enter(repo.path)
    expected = tree(repo.path)
    del expected["x.log"]
    assert tree(place.workspace.path) == expected
    assert place.workspace.git("status", "--porcelain").splitlines() == [
        " M README.md",
        " D run.sh",
        " M src/app.py",
        "?? link",
        "?? notes.txt",
    ]
    assert place.snapshot.describe().endswith("on main, plus 2 modified, 1 deleted and 2 untracked files")


def test_the_users_repository_is_only_read(repo: Repo, enter: Enter) -> None:
    repo.write("src/app.py", "changed\n")
    git_dir = repo.path / ".git"

    def state() -> dict[str, tuple[int, int, bytes]]:
        """A folder's time tells of files that came and went in it."""
        paths = [git_dir, *git_dir.rglob("*")]
        return {
            str(p): (p.stat().st_mtime_ns, p.stat().st_ino, p.read_bytes() if p.is_file() else b"") for p in paths
        }

    before = state()
    enter(repo.path)
    assert state() == before


def test_a_copy_can_be_made_on_another_file_system(repo: Repo, small_disk: Path) -> None:
    taken = take_snapshot(repo.path, small_disk / "workspace.tar", uid=os.getuid(), gid=os.getgid())
    assert taken.files == 3


def test_a_user_without_a_home_can_take_a_copy(repo: Repo, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    assert tree(enter(repo.path).workspace.path) == tree(repo.path)


def test_the_agent_sees_the_last_commits_and_nothing_else(repo: Repo, enter: Enter) -> None:
    repo.git("tag", "v1")
    repo.git("remote", "add", "origin", "https://example.invalid/x.git")
    repo.git("checkout", "-q", "-b", "future")
    repo.write("secret.txt", "of another branch")
    future = repo.commit("the fix")
    repo.git("checkout", "-q", "main")
    for number in range(9):
        repo.write("n", str(number))
        repo.commit(f"number {number}")
    place = enter(repo.path, history=4)
    git = place.workspace.git
    assert git("log", "--format=%s").splitlines() == ["number 8", "number 7", "number 6", "number 5"]
    assert "+8" in git("show", "--format=", "HEAD")
    assert git("tag") == git("remote") == git("stash", "list") == git("reflog") == ""
    assert git("branch", "--format=%(refname:short)") == "main"
    assert subprocess.run(["git", "cat-file", "-e", future], cwd=place.workspace.path, check=False).returncode
    assert git("config", "user.name") == "Mimosa"
    place.workspace.write("n", "mine")
    place.workspace.git("commit", "-q", "-am", "the agent's", env={"GIT_AUTHOR_NAME": "x"})
    place.workspace.git("fsck")


def test_a_history_of_0_is_the_whole_one(repo: Repo, enter: Enter) -> None:
    for number in range(5):
        repo.write("n", str(number))
        repo.commit()
    assert enter(repo.path, history=0).workspace.git("rev-list", "--count", "HEAD") == "6"


def test_a_merged_history_stays_connected(repo: Repo, enter: Enter) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.write("side", "1")
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    for number in range(6):
        repo.write("n", str(number))
        repo.commit(f"main {number}")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    place = enter(repo.path, history=5)
    subjects = place.workspace.git("log", "--format=%s").splitlines()
    assert {"merge", "side", "main 5", "main 4"} <= set(subjects)
    place.workspace.git("fsck")


def test_a_repository_without_commits_works(tmp_path: Path, enter: Enter) -> None:
    repo = Repo(tmp_path / "new")
    repo.path.mkdir()
    repo.git("init", "-q")
    repo.write("a.py", "a\n")
    repo.write("staged.py", "s\n")
    repo.git("add", "staged.py")
    place = enter(repo.path)
    assert place.snapshot.head == ""
    assert tree(place.workspace.path) == tree(repo.path)
    assert place.workspace.git("status", "--porcelain").splitlines() == ["?? a.py", "?? staged.py"]
    assert place.snapshot.describe() == "nothing committed yet, plus 2 untracked files"
    place.workspace.commit("the first")


def test_a_detached_head_works(repo: Repo, enter: Enter) -> None:
    repo.git("checkout", "-q", "--detach")
    place = enter(repo.path)
    assert place.snapshot.branch == ""
    assert "(detached)" in place.snapshot.describe()
    assert place.workspace.git("rev-parse", "HEAD") == repo.git("rev-parse", "HEAD")
    assert place.workspace.git("status", "--porcelain") == ""


def test_a_linked_worktree_works(repo: Repo, enter: Enter, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "topic/x", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.write("only here", "x")
    place = enter(linked.path)
    assert place.workspace.git("status", "-sb").splitlines() == ["## topic/x", '?? "only here"']


def test_shallow_clones_and_alternates_work(repo: Repo, enter: Enter, tmp_path: Path) -> None:
    for number in range(4):
        repo.write("n", str(number))
        repo.commit()
    repo.git("clone", "-q", "--depth=2", f"file://{repo.path}", str(tmp_path / "shallow"))
    repo.git("clone", "-q", "--shared", str(repo.path), str(tmp_path / "shared"))
    assert enter(tmp_path / "shallow").workspace.git("rev-list", "--count", "HEAD") == "2"
    assert enter(tmp_path / "shared").workspace.git("rev-list", "--count", "HEAD") == "5"


def test_a_partial_clone_is_not_completed_over_the_network(repo: Repo, enter: Enter, tmp_path: Path) -> None:
    repo.write("README.md", "second\n")
    repo.commit("second")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "partial"))
    shutil.rmtree(repo.path)
    place = enter(tmp_path / "partial")
    assert place.workspace.git("log", "--format=%s").splitlines() == ["second", "first"]
    assert place.workspace.git("status", "--porcelain") == ""


async def test_files_of_submodules_come_along(repo: Repo, enter: Enter, tmp_path: Path) -> None:
    library = Repo(tmp_path / "library")
    library.path.mkdir()
    library.git("init", "-q")
    library.write("lib.c", "int x;\n")
    library.commit()
    repo.git("submodule", "add", "-q", str(library.path), "vendor/lib")
    repo.git("submodule", "add", "-q", str(library.path), "vendor/absent")
    repo.commit()
    repo.git("submodule", "deinit", "-q", "-f", "vendor/absent")
    Repo(repo.path / "vendor/lib").write("new.c", "int y;\n")
    place = enter(repo.path)
    assert tree(place.workspace.path) == tree(repo.path)
    assert place.workspace.git("status", "--porcelain") == ""
    assert [entry.path for entry in place.snapshot.left_out] == ["vendor/absent"]
    assert "git submodule update --init" in place.snapshot.describe()
    await place.checkpoints.begin()
    place.workspace.write("vendor/lib/lib.c", "int z;\n")
    patch = await place.checkpoints.diff()
    assert b"+++ b/vendor/lib/lib.c" in patch
    git_apply(patch, repo.path)
    assert (repo.path / "vendor/lib/lib.c").read_text() == "int z;\n"


def test_another_repository_inside_is_left_out_and_told(repo: Repo, enter: Enter) -> None:
    inner = Repo(repo.path / "inner")
    inner.path.mkdir()
    inner.git("init", "-q")
    inner.write("x", "x")
    inner.commit()
    place = enter(repo.path)
    assert "inner/x" not in tree(place.workspace.path)
    assert "left out: inner/ (a git repository of its own, not a submodule)" in place.snapshot.describe()


def test_large_files_are_left_out_and_told(repo: Repo, enter: Enter) -> None:
    with repo.write("data set.bin").open("wb") as file:
        file.truncate(2_100_000_000)
    repo.write("tracked.bin", b"x" * 1_500_000)
    repo.git("add", "tracked.bin")
    repo.git("commit", "-q", "-m", "with a large file")
    place = enter(repo.path, max_file_mb=1)
    assert {"data set.bin", "tracked.bin"}.isdisjoint(tree(place.workspace.path))
    assert place.workspace.git("status", "--porcelain") == ""
    line = place.snapshot.describe()
    assert "data set.bin (2.1 GB is over the limit of 1 MB)" in line
    assert "tracked.bin (2 MB is over the limit of 1 MB)" in line
    assert place.snapshot.archive.stat().st_size < 5_000_000


def test_odd_names_arrive_unchanged(tmp_path: Path, enter: Enter) -> None:
    repo = Repo(tmp_path / "a repo with späces\nand more")
    repo.path.mkdir()
    repo.git("init", "-q")
    names = [
        "sp ace",
        "ünï/cödé",
        "new\nline",
        'quo"te',
        "back\\slash",
        "-dash",
        "*star",
        "x" * 200 + "/" + "y" * 200,
    ]
    for name in [*names, os.fsdecode(b"latin-\xe9")]:
        repo.write(name, name.encode(errors="surrogateescape"))
    repo.commit()
    repo.write("unträcked\n", "x")
    place = enter(repo.path)
    assert tree(place.workspace.path) == tree(repo.path)
    assert place.workspace.git("status", "--porcelain", "-z") == "?? unträcked\n\0"


def test_line_ends_and_filtered_files_arrive_as_they_lie_there(repo: Repo, enter: Enter) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.git("config", "filter.pointer.clean", "sed s/content/pointer/")
    repo.git("config", "filter.pointer.smudge", "sed s/pointer/content/")
    repo.write(".gitattributes", "*.big filter=pointer -text\n")
    repo.write("dos.txt", b"one\r\ntwo\r\n")
    repo.write("a.big", "the content\n")
    repo.commit()
    assert repo.git("cat-file", "-p", "HEAD:a.big") == "the pointer"
    place = enter(repo.path)
    assert tree(place.workspace.path) == tree(repo.path)
    assert place.workspace.git("status", "--porcelain") == ""
    assert place.snapshot.modified == 0


async def test_the_first_checkpoint_is_the_working_tree_and_not_what_was_committed(
    repo: Repo, enter: Enter
) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write("dos.txt", b"one\r\ntwo\r\n")
    repo.commit()
    place = enter(repo.path)
    await place.checkpoints.begin()
    place.workspace.write("dos.txt", b"one\n")
    await place.checkpoints.restore(0)
    assert (place.workspace.path / "dos.txt").read_bytes() == b"one\r\ntwo\r\n"


def test_a_folder_of_the_repository_means_the_whole_of_it(repo: Repo, enter: Enter) -> None:
    place = enter(repo.path / "src")
    assert tree(place.workspace.path) == tree(repo.path)
    assert (
        f"the whole repository at {repo.path}, of which {repo.path / 'src'} is a folder"
        in place.snapshot.describe()
    )


def test_members_belong_to_the_sandboxs_user(repo: Repo, tmp_path: Path) -> None:
    take_snapshot(repo.path, tmp_path / "s.tar", uid=1234, gid=2345)
    listed = subprocess.run(
        ["tar", "--numeric-owner", "-tvf", tmp_path / "s.tar"], capture_output=True, check=True, text=True
    ).stdout
    assert {line.split()[1] for line in listed.splitlines()} == {"1234/2345"}


def refused(path: Path, tmp_path: Path) -> str:
    with pytest.raises(RepositoryError) as caught:
        take_snapshot(path, tmp_path / "refused.tar", uid=0, gid=0)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_what_is_no_repository_is_refused_with_what_to_do(repo: Repo, tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "nowhere", tmp_path)
    assert "is a file" in refused(repo.path / "README.md", tmp_path)
    (tmp_path / "plain").mkdir()
    assert "git init" in refused(tmp_path / "plain", tmp_path)
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert "bare repository" in refused(tmp_path / "bare.git", tmp_path)
    assert "inside a .git folder" in refused(repo.path / ".git", tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_is_refused_with_what_to_do(repo: Repo, tmp_path: Path) -> None:
    give_away(repo.path, 1234)
    words = refused(repo.path, tmp_path)
    assert "belongs to another user" in words
    assert "safe.directory" in words


def test_without_git_it_says_so(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in refused(repo.path, tmp_path)


@contextmanager
def as_user(user: int) -> Iterator[None]:
    """Root reads every file, so as root the test goes on as somebody else for a while."""
    before = os.geteuid()
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(before)


def test_an_unreadable_file_is_named(repo: Repo, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("HOME", str(open_folder))
    shutil.copytree(repo.path, open_folder / "repo")
    Repo(open_folder / "repo").write("locked.txt", "x").chmod(0)
    user = os.getuid() or NOBODY
    give_away(open_folder, user)
    with as_user(user):
        words = refused(open_folder / "repo", open_folder)
    assert "repo/locked.txt cannot be read (Permission denied)" in words


def test_a_full_disk_is_told(repo: Repo) -> None:
    repo.write("random", os.urandom(100_000))
    with pytest.raises(SandboxError, match="No space left on device; free some space"):
        take_snapshot(repo.path, Path("/dev/full"), uid=0, gid=0)
