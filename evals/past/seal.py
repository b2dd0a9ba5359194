"""A fresh repository that holds a commit and its ancestors, and not one object more."""

import os
from pathlib import Path

from sandbox.workspace.gitdirs import make_git_dir
from sandbox.workspace.history import copy_history
from sandbox.workspace.hostgit import HostGit, host_git
from sandbox.workspace.repository import Repository

BRANCH = "main"
_SETTINGS = """\
	logAllRefUpdates = false
[gc]
	auto = 0
[advice]
	detachedHead = false
"""


def seal(source: Path, commit: str, target: Path, history: int = 0) -> Path:
    """Make the repository `target`, checked out at `commit` on the branch `main`; returns `target`.

    It is filled from a pack of what `commit` reaches, cut off after about `history` commits (0: none is left
    out). So there is nothing to prune: no remote, tag, reflog or stash comes along, and no object that is only
    reachable from elsewhere. Raises RepositoryError.
    """
    git = host_git(source)
    git_dir = Path(git.ask("rev-parse", "--absolute-git-dir"))
    at_commit = Repository(
        root=source,
        git_dir=git_dir,
        common_dir=(source / git.ask("rev-parse", "--git-common-dir")).resolve(),
        object_format=git.ask("rev-parse", "--show-object-format"),
        head=git.ask("rev-parse", "--verify", f"{commit}^{{commit}}"),
        branch=BRANCH,
        git=git,
    )
    sealed = target / ".git"
    make_git_dir(sealed, _SETTINGS, at_commit.object_format)
    cut = copy_history(at_commit, sealed, history)
    if cut:
        (sealed / "shallow").write_text("".join(f"{entry}\n" for entry in cut))
    (sealed / "HEAD").write_text(f"ref: refs/heads/{BRANCH}\n")
    (sealed / "packed-refs").write_text(f"{at_commit.head} refs/heads/{BRANCH}\n")
    _check_out(target)
    return target


def _check_out(target: Path) -> None:
    # The settings of whoever runs this must not change a byte: no autocrlf, no excludes, no filters.
    environment = (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_SYSTEM", os.devnull))
    HostGit(target, environment=environment).run("read-tree", "--reset", "-u", "HEAD")
