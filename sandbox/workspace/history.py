"""The newest commits of a repository, copied into another store as one pack, cut off as in a shallow clone."""

import os
from pathlib import Path

from sandbox.workspace.objects import quoted_path
from sandbox.workspace.repository import Repository

_READ_AHEAD = 20
"""Commits read per commit wanted: `rev-list` goes by date, and a side branch may lie far back in time."""


def copy_history(repository: Repository, store: Path, commits: int) -> tuple[str, ...]:
    """Pack HEAD and its nearest ancestors into `store`, a git directory; nothing else comes along.

    Ancestors are taken by distance from HEAD, a whole distance at a time, until there are `commits` of them;
    0 takes them all. Returns the commits whose parents stayed behind, for the store's `shallow` file.
    """
    cut = _cut_at(repository, commits)
    lines = [f"--shallow {commit}" for commit in cut] + [repository.head]
    # Old deltas are reused and none are sought: the pack lives for one session, so time counts and size does not.
    # The store is git's object directory here, or the pack would first be written into the repository's own, and
    # then be moved, which fails from one file system to another.
    repository.git.run(
        "pack-objects",
        "--quiet",
        "--revs",
        "--window=0",
        "--delta-base-offset",
        "--missing=allow-any",
        os.fspath(store / "objects" / "pack" / "pack"),
        stdin="".join(f"{line}\n" for line in lines).encode(),
        environment={
            "GIT_OBJECT_DIRECTORY": os.fspath(store / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted_path(repository.common_dir / "objects"),
        },
    )
    return cut


def _cut_at(repository: Repository, commits: int) -> tuple[str, ...]:
    already = _shallow_commits(repository)
    if commits == 0:
        return tuple(sorted(already))
    parents = _parents(repository, commits * _READ_AHEAD)
    taken = {repository.head}
    newest = [repository.head]
    while newest and len(taken) < commits:
        # A commit whose own record was not read stays behind, so its children are cut.
        older = [p for c in newest for p in parents[c] if p in parents and p not in taken]
        newest = list(dict.fromkeys(older))
        taken.update(newest)
    cut = {commit for commit in taken if not taken.issuperset(parents[commit])}
    return tuple(sorted(cut | (already & taken)))


def _parents(repository: Repository, limit: int) -> dict[str, list[str]]:
    output = repository.git.run("rev-list", "--parents", f"--max-count={limit}", repository.head).decode()
    rows = [line.split() for line in output.splitlines()]
    return {row[0]: row[1:] for row in rows}


def _shallow_commits(repository: Repository) -> frozenset[str]:
    shallow = repository.common_dir / "shallow"
    return frozenset(shallow.read_text().split()) if shallow.exists() else frozenset()
