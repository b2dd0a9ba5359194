"""git's index of HEAD with what git already knows of the working tree: what has changed, what need not be read."""

import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.workspace.hostgit import HostGit
from sandbox.workspace.repository import Repository
from sandbox.workspace.worktree import Listing

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
    filtered = _filtered(repository, git, set(blobs))
    for path in filtered.unchanged:
        status.pop(path, None)
    unread = _of_equal_size(git, blobs, sizes) - filtered.all - set(status)
    _mark(git, "--skip-worktree", [path for path in listing.tracked_left_out if path in blobs])
    # A filter such as git-lfs does not run in the sandbox: without this its files would all show as changed.
    _mark(git, "--assume-unchanged", sorted(filtered.unchanged))
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


@dataclass(frozen=True)
class _Filtered:
    """Files that a configured filter driver is meant for, and those of them that are as HEAD has them."""

    all: frozenset[str] = frozenset()
    unchanged: frozenset[str] = frozenset()


def _filtered(repository: Repository, git: HostGit, paths: set[str]) -> _Filtered:
    if not git.filters:
        return _Filtered()
    if not all(_SIMPLE_NAME.fullmatch(name) for name in git.filters):
        return _Filtered(all=frozenset(paths))  # such a driver cannot be asked for, and may be meant for any
    patterns = [f":(attr:filter={name})" for name in git.filters]
    filtered = frozenset(_names(git.run("ls-files", "-z", "--", *patterns)))
    if not filtered or not repository.index.is_file():
        return _Filtered(all=filtered)
    changed = _changed_by_time(repository, patterns, Path(f"{dict(git.environment)['GIT_INDEX_FILE']}.dated"))
    return _Filtered(all=filtered, unchanged=filtered - changed)


def _changed_by_time(repository: Repository, patterns: list[str], index: Path) -> frozenset[str]:
    """Files that differ from HEAD as far as sizes and times tell. git also reads files as young as the index, and
    without their filter these would all seem changed, so a later date is put on a copy of it."""
    shutil.copy(repository.index, index)
    later = time.time() + 60
    os.utime(index, (later, later))
    git = HostGit(repository.root, repository.git.filters, (("GIT_INDEX_FILE", os.fspath(index)),))
    differing = git.run(
        "diff-index", "-z", "--name-only", "--ignore-submodules=all", repository.head, "--", *patterns
    )
    return frozenset(_names(differing))


def _mark(git: HostGit, flag: str, paths: list[str]) -> None:
    if paths:
        git.run("update-index", "-z", flag, "--stdin", stdin=b"".join(os.fsencode(path) + b"\0" for path in paths))


def _names(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]
