"""How a repository is found: in few questions to git, whatever its folder is called, with a commit or without."""

import shutil
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError
from sandbox.workspace.repository import open_repository
from tests.workspace.places import Repo


@pytest.fixture
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that writes down what it is asked, a line a process, before it answers."""
    folder = tmp_path / "programs"
    folder.mkdir()
    git, asked = shutil.which("git"), tmp_path / "asked"
    (folder / "git").write_text(f"#!/bin/sh\necho \"$*\" >>'{asked}'\nexec '{git}' \"$@\"\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return asked


def test_three_questions_are_enough(repo: Repo, questions: Path) -> None:
    found = open_repository(repo.path / "src")
    assert len(questions.read_text().splitlines()) == 3
    assert (found.root, found.git_dir, found.common_dir) == (repo.path, repo.path / ".git", repo.path / ".git")
    assert (found.head, found.branch) == (repo.git("rev-parse", "HEAD").strip(), "main")


def test_a_detached_head_and_a_branch_without_a_commit(repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach")
    assert open_repository(repo.path).branch == ""
    repo.git("checkout", "-q", "--orphan", "other")
    repo.write("HEAD", "a file that is called so")
    found = open_repository(repo.path)
    assert (found.head, found.branch) == ("", "other")


def test_a_linked_worktree_has_a_git_folder_of_its_own(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    found = open_repository(tmp_path / "linked")
    assert (found.root, found.branch) == (tmp_path / "linked", "linked")
    assert found.git_dir == repo.path / ".git" / "worktrees" / "linked"
    assert found.common_dir == repo.path / ".git"


def test_a_folder_may_have_line_breaks_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "two\nlines\n"
    folder.mkdir()
    Repo(folder).git("init", "-q")
    assert open_repository(folder).root == folder


def test_a_folder_whose_name_cannot_be_told_apart_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a\n--next\nb"
    folder.mkdir(parents=True)
    Repo(folder).git("init", "-q")
    with pytest.raises(RepositoryError, match="rename it"):
        open_repository(folder)
