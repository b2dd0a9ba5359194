"""The user's repository on the host: found, checked, and described. It is only ever read from here."""

import os
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import RepositoryError
from sandbox.workspace.hostgit import GitFailed, HostGit, host_git


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
    git_dir, common_dir, object_format = _locate(folder)
    git = HostGit(folder)
    root = Path(git.ask("rev-parse", "--show-toplevel"))
    _refuse_foreign_worktree(root, git_dir)
    git = host_git(root)
    return Repository(
        root=root,
        git_dir=git_dir,
        common_dir=common_dir,
        object_format=object_format,
        head=git.ask("rev-parse", "--quiet", "--verify", "HEAD"),
        branch=_branch(git),
        git=git,
    )


def _branch(git: HostGit) -> str:
    reference = git.ask("symbolic-ref", "--quiet", "HEAD")
    return reference.removeprefix("refs/heads/") if reference.startswith("refs/heads/") else ""


def _locate(folder: Path) -> tuple[Path, Path, str]:
    question = ("--is-bare-repository", "--is-inside-git-dir", "--show-object-format", "--absolute-git-dir")
    try:
        answer = os.fsdecode(HostGit(folder).run("rev-parse", *question))
        bare, inside_git_dir, object_format, git_dir = answer.rstrip("\n").split("\n", 3)
        common = HostGit(folder).ask("rev-parse", "--git-common-dir")
    except GitFailed as failure:
        raise RepositoryError(_why_not(folder, failure.words)) from failure
    if bare == "true":
        raise RepositoryError(
            f"{folder} is a bare repository, which has no files to work on; clone it (git clone {folder} COPY) "
            "and name the clone"
        )
    if inside_git_dir == "true":
        raise RepositoryError(f"{folder} lies inside a .git folder; name the folder that holds the files")
    return Path(git_dir), (folder / common).resolve(), object_format


def _why_not(folder: Path, words: str) -> str:
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
