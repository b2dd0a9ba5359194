"""git's index of HEAD with what git already knows of the working tree: what has changed, what need not be read."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.hostgit import HostGit
from sandbox.repository import Repository
from sandbox.worktree import Listing

_SIMPLE_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_NOTHING_SPECIAL = "H"


@dataclass(frozen=True)
class Changes:
    """How the working tree differs from HEAD: numbers of files."""

    modified: int
    deleted: int
    untracked: int


@dataclass(frozen=True)
class HeadIndex:
    """`path` is an index file in which exactly HEAD's files stand. `unread` are the files whose bytes are those of
    their blob for certain: neither changed since git last looked nor converted by it. `others` are the rest of
    HEAD's files."""

    path: Path
    changes: Changes
    unread: frozenset[str]
    others: frozenset[str]


def make_head_index(repository: Repository, listing: Listing, index: Path) -> HeadIndex:
    """Write the index file `index`, so that `git status` tells the truth with it; needs a commit at HEAD."""
    if repository.index.is_file():
        # With its time: git distrusts entries that are not older than their index.
        shutil.copy2(repository.index, index)
    git = HostGit(repository.root, repository.git.filters, (("GIT_INDEX_FILE", os.fspath(index)),))
    git.run("read-tree", "--reset", repository.head)
    git.run("update-index", "-q", "--refresh", accept=(0, 1))
    changed = _names(git.run("diff-files", "-z", "--name-status", "--ignore-submodules=all"))
    status = dict(zip(changed[1::2], changed[0::2], strict=True))
    blobs = _blobs(git)
    sizes = {file.path: file.facts.st_size for file in listing.files}
    filtered = _filtered(git, set(blobs))
    unread = _of_equal_size(git, blobs, sizes) - filtered - set(status)
    _mark(git, "--skip-worktree", [path for path in listing.tracked_left_out if path in blobs])
    # A filter such as git-lfs does not run in the sandbox: without this its files would all show as changed.
    _mark(git, "--assume-unchanged", sorted(filtered - set(status)))
    deleted = sum(1 for letter in status.values() if letter == "D")
    return HeadIndex(
        path=index,
        changes=Changes(len(status) - deleted, deleted, len(sizes.keys() - blobs.keys())),
        unread=frozenset(unread),
        others=frozenset(blobs.keys() - unread),
    )


@dataclass(frozen=True)
class _Blob:
    oid: str
    tag: str
    """git's letter for the entry: H unless it is marked as skipped, assumed unchanged, or the like."""


def _blobs(git: HostGit) -> dict[str, _Blob]:
    blobs = {}
    for record in _names(git.run("ls-files", "-z", "-v", "--stage")):
        facts, _, path = record.partition("\t")
        tag, _, oid, _ = facts.split(" ")
        blobs[path] = _Blob(oid, tag)
    return blobs


def _of_equal_size(git: HostGit, blobs: dict[str, _Blob], sizes: dict[str, int]) -> set[str]:
    """Files as long as their blob: conversions of line ends, encodings and $Id$ change the length."""
    paths = [path for path, blob in blobs.items() if blob.tag == _NOTHING_SPECIAL and path in sizes]
    oids = "".join(f"{blobs[path].oid}\n" for path in paths).encode()
    answers = git.run("cat-file", "--batch-check=%(objectsize)", "--buffer", stdin=oids).decode().splitlines()
    return {path for path, size in zip(paths, answers, strict=True) if size == str(sizes[path])}


def _filtered(git: HostGit, paths: set[str]) -> set[str]:
    """The files that a configured filter driver is meant for; a driver that cannot be asked for may mean any."""
    if not git.filters:
        return set()
    if not all(_SIMPLE_NAME.fullmatch(name) for name in git.filters):
        return paths
    patterns = [f":(attr:filter={name})" for name in git.filters]
    return set(_names(git.run("ls-files", "-z", "--", *patterns)))


def _mark(git: HostGit, flag: str, paths: list[str]) -> None:
    if paths:
        git.run("update-index", "-z", flag, "--stdin", stdin=b"".join(os.fsencode(path) + b"\0" for path in paths))


def _names(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]
