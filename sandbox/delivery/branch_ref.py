"""The name of a branch: whether it may be used, and pointing it at a commit."""

from sandbox.errors import PatchRefused
from sandbox.workspace.hostgit import GitFailed
from sandbox.workspace.names import printable
from sandbox.workspace.ownership import give
from sandbox.workspace.repository import Repository


def usable_branch(repository: Repository, branch: str, base_commit: str) -> str:
    """The commit that `branch` is at, "" if it is new. Raises PatchRefused if it cannot be made, would lose
    commits, or is checked out; and if `base_commit` is not in the repository."""
    reference = f"refs/heads/{branch}"
    git = repository.git
    try:
        git.run("check-ref-format", reference)
    except GitFailed as failure:
        raise PatchRefused(f"{printable(branch)} cannot be the name of a branch; choose another") from failure
    if branch.startswith("-") or branch == "HEAD":
        raise PatchRefused(f"{printable(branch)} cannot be the name of a branch; choose another")
    if base_commit and not git.ask("rev-parse", "--quiet", "--verify", f"{base_commit}^{{commit}}"):
        raise PatchRefused(f"the commit {base_commit} that the session began at is not in {repository.root}")
    if f"branch {reference}" in git.ask("worktree", "list", "--porcelain").splitlines():
        raise PatchRefused(f"the branch {printable(branch)} is checked out; choose another name, or use --apply")
    tip = git.ask("rev-parse", "--quiet", "--verify", reference)
    if tip and tip != base_commit:
        raise PatchRefused(
            f"the branch {printable(branch)} exists already, at {tip[:12]}; choose another name, or delete it: "
            f"git branch -D '{branch}'"
        )
    return tip


def move_branch(repository: Repository, branch: str, commit: str, tip: str, message: str) -> None:
    """Point `branch` at `commit`, if it is still at `tip`. Its files get the owner of the repository's."""
    title = message.strip().partition("\n")[0]
    reference = f"refs/heads/{branch}"
    expected = tip or "0" * len(commit)
    try:
        repository.git.run("update-ref", "-m", f"mimosa: {title}", reference, commit, expected)
    except GitFailed as failure:
        raise PatchRefused(f"the branch {printable(branch)} cannot be made: {failure.words}") from failure
    owner = repository.common_dir.stat()
    for place in (repository.common_dir / reference, repository.common_dir / "logs" / reference):
        while place != repository.common_dir:
            if place.exists():
                give(place, owner)
            place = place.parent
