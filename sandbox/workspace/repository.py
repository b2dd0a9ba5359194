"""The user's repository on the host: found, checked, and described. It is only ever read from here."""

import os
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import RepositoryError
from sandbox.workspace.hostgit import GitFailed, HostGit, host_git

_NEXT = "--next"
"""No option of git's: `rev-parse` repeats what it does not know."""


@dataclass(frozen=True)
class Repository:
    """`head` is a commit id, "" while nothing is committed; `branch` is "" when HEAD is detached. `git_dir` is
    this checkout's own, `common_dir` the one that holds objects and refs: they differ in a linked worktree."""

    root: Path
    git_dir: Path
    common_dir: Path
    object_format: str
    head: str
    branch: str
    git: HostGit

    @property
    def object_directory(self) -> Path:
        return self.common_dir / "objects"

    @property
    def index(self) -> Path:
        return self.git_dir / "index"


def open_repository(path: Path) -> Repository:
    """The repository around `path`. Raises RepositoryError with what to do when there is none that can be used."""
    folder = path.expanduser()
    if not folder.exists():
        raise RepositoryError(f"{path} does not exist; name the folder of a git repository")
    if not folder.is_dir():
        raise RepositoryError(f"{path} is a file; name the folder of a git repository")
    root, git_dir, common_dir, object_format = _locate(folder)
    _refuse_foreign_worktree(root, git_dir)
    git = host_git(root)
    head, branch = _head(git)
    return Repository(root, git_dir, common_dir, object_format, head, branch, git)


def _head(git: HostGit) -> tuple[str, str]:
    """HEAD's commit and branch, in one question where there is a commit."""
    try:
        answer = os.fsdecode(git.run("rev-parse", "HEAD", "--symbolic-full-name", "HEAD", "--"))
    except GitFailed as failure:
        if "bad revision" not in failure.words:
            raise
        return "", _branch(git.ask("symbolic-ref", "--quiet", "HEAD"))
    commit, reference, *_ = answer.split("\n")
    return commit, _branch(reference)


def _branch(reference: str) -> str:
    return reference.removeprefix("refs/heads/") if reference.startswith("refs/heads/") else ""


def _locate(folder: Path) -> tuple[Path, Path, Path, str]:
    """Top folder, git folder, common git folder and kind of ids, in one question. Paths may hold line breaks."""
    paths = ("--absolute-git-dir", _NEXT, "--git-common-dir", _NEXT, "--show-toplevel")
    try:
        answer = os.fsdecode(
            HostGit(folder).run("rev-parse", "--is-inside-git-dir", "--show-object-format", *paths)
        )
    except GitFailed as failure:
        raise RepositoryError(_why_not(folder, failure.words)) from failure
    inside_git_dir, object_format, places = answer.removesuffix("\n").split("\n", 2)
    if inside_git_dir == "true":
        raise RepositoryError(_inside(folder))
    found = places.split(f"\n{_NEXT}\n")
    if len(found) != 3:
        raise RepositoryError(f"{folder} lies in a folder whose name cannot be told from git's words: rename it")
    git_dir, common, root = found
    return Path(root), Path(git_dir), (folder / common).resolve(), object_format


def _inside(folder: Path) -> str:
    return f"{folder} lies inside a .git folder; name the folder that holds the files"


def _why_not(folder: Path, words: str) -> str:
    if "must be run in a work tree" in words:
        if HostGit(folder).ask("rev-parse", "--is-bare-repository") != "true":
            return _inside(folder)
        return (
            f"{folder} is a bare repository, which has no files to work on; clone it (git clone {folder} COPY) "
            "and name the clone"
        )
    if "dubious ownership" in words:
        return (
            f"{folder} belongs to another user, so git refuses to read it; run as its owner, or trust it with: "
            f"git config --global --add safe.directory '{folder.resolve()}'"
        )
    if "not a git repository" in words:
        return (
            f"{folder} is not a git repository; make it one with: git init '{folder}' && git -C '{folder}' add -A "
            f"&& git -C '{folder}' commit -m start"
        )
    return f"git cannot read the repository at {folder}: {words}"


def _refuse_foreign_worktree(root: Path, git_dir: Path) -> None:
    """core.worktree, set in a repository that came from elsewhere, could name any folder of this machine."""
    entry = root / ".git"
    if entry.is_dir() and entry.resolve() == git_dir.resolve():
        return
    if entry.is_file() and HostGit(root).ask("rev-parse", "--absolute-git-dir") == str(git_dir):
        return
    raise RepositoryError(
        f"the repository at {git_dir} says that its files are in {root} (core.worktree), where no .git leads back "
        "to it; remove that setting, or name a plain clone"
    )
