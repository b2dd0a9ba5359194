"""The proof that a sandbox holds the past alone: made on the very archive that it is filled from."""

import hashlib
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.running.base import HistoryProof
from sandbox.workspace.hostgit import HostGit
from sandbox.workspace.snapshot import STORE_MEMBER, WORKSPACE_MEMBER

ALL_OBJECTS = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype)")
"""Lists every object of a store and of its alternates, reachable or not."""

_LEFTOVERS = ("FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "refs/stash")


def prove(archive: Path, base_commit: str) -> HistoryProof:
    """What the two git directories in a sandbox's `archive` hold: the agent's own and the store behind it."""
    with TemporaryDirectory(prefix="mimosa-proof-", dir=archive.parent) as scratch:
        root = Path(scratch)
        _unpack_git(archive, root)
        return prove_repository(root / WORKSPACE_MEMBER, base_commit, store=root / STORE_MEMBER)


def prove_repository(repository: Path, base_commit: str, store: Path | None = None) -> HistoryProof:
    """As `prove`, for a repository that lies open; `store` is a second git directory that its user can read."""
    git = HostGit(repository)
    objects = dict(line.split() for line in git.run(*ALL_OBJECTS).decode().splitlines())
    commits = sorted(name for name, kind in objects.items() if kind == "commit")
    # A commit's id is a hash over its parents' ids: whatever base reaches is its ancestor, and nothing else is.
    ancestors = set(git.run("rev-list", base_commit).decode().split())
    known = _reachable(git, base_commit)
    leaks = _leaks(git, repository / ".git", ancestors)
    if store is not None:
        # Where line ends are converted, the store has a file as it lies in the working tree beside the committed.
        known |= _reachable(HostGit(store), "--indexed-objects")
        leaks += _leaks(HostGit(store), store, ancestors)
    if loose := len(objects.keys() - known):
        leaks.append(f"{loose} objects that the base commit does not reach")
    return HistoryProof(
        commits=len(commits),
        digest=hashlib.sha256("\n".join(commits).encode()).hexdigest(),
        surplus=tuple(name for name in commits if name not in ancestors),
        leaks=tuple(dict.fromkeys(leaks)),
    )


def _reachable(git: HostGit, start: str) -> set[str]:
    listed = git.run("rev-list", "--objects", "--no-object-names", start)
    return set(listed.decode().split())


def _leaks(git: HostGit, git_dir: Path, ancestors: set[str]) -> list[str]:
    found = [f"remote {name}" for name in git.run("remote").decode().split()]
    for line in git.run("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines():
        name, commit = line.split()
        if commit not in ancestors:
            found.append(f"{name} points at {commit}")
    if any(entry.is_file() for entry in (git_dir / "logs").rglob("*")):
        found.append("a reflog")
    return found + [name for name in _LEFTOVERS if (git_dir / name).exists()]


def _unpack_git(archive: Path, root: Path) -> None:
    kept = (f"{WORKSPACE_MEMBER}/.git", STORE_MEMBER)
    with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            if any(member.name == name or member.name.startswith(f"{name}/") for name in kept):
                tar.extract(member, root, filter="data")
