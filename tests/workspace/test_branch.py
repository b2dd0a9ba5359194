"""A diff becomes a commit on a branch, and the user's checkout does not notice."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.delivery.branch import commit_to_branch
from sandbox.errors import PatchRefused
from tests.workspace.places import Place, Repo, give_away, owners, tree, trust_every_folder

Enter = Callable[..., Place]

LINES = "".join(f"line {number}\n" for number in range(30))


@pytest.fixture(autouse=True)
def identity(own_git_settings: Path) -> None:
    own_git_settings.write_text(
        "[init]\n\tdefaultBranch = main\n[user]\n\tname = Grace\n\temail = grace@example.org\n"
    )


@pytest.fixture
async def place(repo: Repo, enter: Enter) -> Place:
    repo.write("long.txt", LINES)
    repo.write("dos.txt", b"one\r\ntwo\r\n")
    repo.commit("second")
    return await begun(repo, enter)


async def begun(repo: Repo, enter: Enter) -> Place:
    entered = enter(repo.path)
    await entered.checkpoints.begin()
    return entered


def state(repo: Repo) -> tuple[object, ...]:
    git_dir = repo.path / ".git"
    return tree(repo.path), (git_dir / "index").read_bytes(), (git_dir / "HEAD").read_bytes()


async def test_a_commit_on_a_new_branch_holds_the_diff(place: Place, repo: Repo) -> None:
    place.workspace.write("src/app.py", "changed\n")
    (place.workspace.path / "long.txt").rename(place.workspace.path / "a folder.txt")
    (place.workspace.path / "README.md").unlink()
    place.workspace.write("deep/new", os.urandom(100)).chmod(0o755)
    before = state(repo)
    made = commit_to_branch(
        repo.path, await place.checkpoints.diff(), "fix/it", "Fix it\n\nBecause.", place.snapshot.head
    )
    assert state(repo) == before
    assert repo.git("rev-parse", "fix/it") == made.commit
    assert repo.git("rev-parse", "fix/it^") == place.snapshot.head == made.parent
    assert repo.git("log", "-1", "--format=%B%an %ae", "fix/it") == "Fix it\n\nBecause.\nGrace grace@example.org"
    assert made.uncommitted == ()
    repo.git("fsck", "--strict")
    repo.git("checkout", "-q", "fix/it")
    assert tree(repo.path) == tree(place.workspace.path)


async def test_line_ends_are_committed_as_the_repository_says(repo: Repo, enter: Enter) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write("dos.txt", b"one\r\ntwo\r\n")
    repo.commit()
    place = await begun(repo, enter)
    place.workspace.write("dos.txt", b"one\r\n2\r\n")
    made = commit_to_branch(repo.path, await place.checkpoints.diff(), "fix", "Fix", place.snapshot.head)
    assert repo.git("cat-file", "-p", f"{made.commit}:dos.txt") == "one\n2"


async def test_changes_of_the_user_are_told_apart_where_they_can_be(
    place: Place, repo: Repo, enter: Enter
) -> None:
    repo.write("long.txt", LINES.replace("line 2\n", "mine\n"))
    repo.write("notes.txt", "untracked")
    place = await begun(repo, enter)
    place.workspace.write("long.txt", LINES.replace("line 2\n", "mine\n").replace("line 25\n", "the agent's\n"))
    before = state(repo)
    patch = await place.checkpoints.diff()
    made = commit_to_branch(repo.path, patch, "apart", "Fix", place.snapshot.head)
    assert repo.git("show", f"{made.commit}:long.txt") + "\n" == LINES.replace("line 25\n", "the agent's\n")
    assert repo.git("ls-tree", "--name-only", made.commit, "notes.txt") == ""
    together = commit_to_branch(repo.path, patch, "together", "Fix", place.snapshot.head, include_uncommitted=True)
    assert "mine" in repo.git("show", f"{together.commit}:long.txt")
    assert together.uncommitted == ("long.txt",)
    assert state(repo) == before


@pytest.mark.parametrize("untracked", [True, False])
async def test_changes_that_cannot_be_told_apart_are_explained(
    place: Place, repo: Repo, enter: Enter, untracked: bool
) -> None:
    name = "notes.txt" if untracked else "long.txt"
    repo.write(name, LINES.replace("line 2\n", "mine\n"))
    place = await begun(repo, enter)
    place.workspace.write(name, LINES.replace("line 2\n", "mine, corrected\n"))
    patch = await place.checkpoints.diff()
    with pytest.raises(PatchRefused, match=rf"not committed, in {name}.*--apply"):
        commit_to_branch(repo.path, patch, "fix", "Fix", place.snapshot.head)
    assert repo.git("branch", "--list", "fix") == ""
    made = commit_to_branch(repo.path, patch, "fix", "Fix", place.snapshot.head, include_uncommitted=True)
    assert "mine, corrected" in repo.git("show", f"{made.commit}:{name}")


async def test_a_checkout_that_moved_on_is_no_obstacle(place: Place, repo: Repo) -> None:
    place.workspace.write("src/app.py", "changed\n")
    patch = await place.checkpoints.diff()
    repo.write("src/app.py", "the user went on\n")
    repo.commit("third")
    made = commit_to_branch(repo.path, patch, "fix", "Fix", place.snapshot.head)
    assert repo.git("show", f"{made.commit}:src/app.py") == "changed"
    assert made.parent == place.snapshot.head


async def test_uncommitted_changes_that_are_gone_are_said(place: Place, repo: Repo, enter: Enter) -> None:
    repo.write("long.txt", "mine\n" + LINES)
    place = await begun(repo, enter)
    place.workspace.write("long.txt", "mine\n" + LINES + "the agent's\n")
    repo.write("long.txt", "something else\n")
    with pytest.raises(PatchRefused, match=r"long\.txt had changes that were not committed .* edited since"):
        commit_to_branch(repo.path, await place.checkpoints.diff(), "fix", "Fix", place.snapshot.head)


async def test_names_that_cannot_be_used_are_refused(place: Place, repo: Repo) -> None:
    place.workspace.write("x", "x\n")
    patch, head = await place.checkpoints.diff(), place.snapshot.head
    repo.git("branch", "there", "HEAD~1")
    repo.git("branch", "at-base", "HEAD")
    for name, words in (
        ("main", "is checked out"),
        ("there", "exists already"),
        ("a..b", "cannot be the name"),
        ("-f", "cannot be the name"),
        ("there/below", "cannot be made"),
    ):
        with pytest.raises(PatchRefused, match=words):
            commit_to_branch(repo.path, patch, name, "Fix", head)
    assert commit_to_branch(repo.path, patch, "at-base", "Fix", head).parent == head
    with pytest.raises(PatchRefused, match="is not in"):
        commit_to_branch(repo.path, patch, "other", "Fix", "1" * 40)


async def test_the_first_commit_of_all(tmp_path: Path, enter: Enter) -> None:
    repo = Repo(tmp_path / "new")
    repo.path.mkdir()
    repo.git("init", "-q", "-b", "main")
    place = await begun(repo, enter)
    place.workspace.write("a.py", "a\n")
    made = commit_to_branch(repo.path, await place.checkpoints.diff(), "first", "First", place.snapshot.head)
    assert repo.git("ls-tree", "--name-only", "first") == "a.py"
    assert repo.git("rev-list", "--count", made.commit) == "1"


async def test_filtered_files_and_submodules_are_refused_with_what_to_do(
    repo: Repo, enter: Enter, tmp_path: Path
) -> None:
    library = Repo(tmp_path / "library")
    library.path.mkdir()
    library.git("init", "-q")
    library.write("lib.c", "int x;\n")
    library.commit()
    repo.git("submodule", "add", "-q", str(library.path), "lib")
    repo.git("config", "filter.pointer.clean", "sed s/content/pointer/")
    repo.write(".gitattributes", "*.big filter=pointer\n")
    repo.write("a.big", "content\n")
    repo.commit()
    for name, words in (("a.big", "git filter pointer"), ("lib/lib.c", "submodule lib")):
        place = await begun(repo, enter)
        place.workspace.write(name, "changed\n")
        with pytest.raises(PatchRefused, match=rf"{words}.*--apply"):
            commit_to_branch(repo.path, await place.checkpoints.diff(), "fix", "Fix", place.snapshot.head)


async def test_a_linked_worktree_gets_the_branch_too(repo: Repo, enter: Enter, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "topic", str(tmp_path / "linked"))
    linked = await begun(Repo(tmp_path / "linked"), enter)
    linked.workspace.write("x", "x\n")
    patch = await linked.checkpoints.diff()
    made = commit_to_branch(tmp_path / "linked", patch, "fix", "Fix", linked.snapshot.head)
    assert repo.git("rev-parse", "fix") == made.commit
    with pytest.raises(PatchRefused, match="checked out"):
        commit_to_branch(tmp_path / "linked", patch, "main", "Fix", linked.snapshot.head)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can write files of others")
async def test_what_root_writes_into_the_repository_belongs_to_its_owner(
    place: Place, repo: Repo, own_git_settings: Path
) -> None:
    place.workspace.write("deep/x", "x\n")
    trust_every_folder(own_git_settings)
    give_away(repo.path, 1234)
    commit_to_branch(repo.path, await place.checkpoints.diff(), "deep/er/fix", "Fix", place.snapshot.head)
    assert owners(repo.path) == {1234}
