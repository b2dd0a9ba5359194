"""Mimosa's own git store, which travels into the sandbox: a little history, and the working tree byte for byte."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from sandbox.workspace.agent_git import user_excludes
from sandbox.workspace.gitdirs import exact_git, make_exact_git_dir
from sandbox.workspace.head_index import HeadIndex
from sandbox.workspace.history import copy_history
from sandbox.workspace.repository import Repository
from sandbox.workspace.worktree import Listing


def make_store(repository: Repository, store: Path, history: int) -> tuple[str, ...]:
    """Write the git directory `store` with the newest commits; returns those cut off from their parents."""
    make_exact_git_dir(store, repository.object_format)
    (store / "info" / "exclude").write_bytes(user_excludes(repository))
    if not repository.head:
        return ()
    cut = copy_history(repository, store, history)
    (store / "packed-refs").write_text(f"{repository.head} refs/mimosa/head\n")
    if cut:
        (store / "shallow").write_text("".join(f"{commit}\n" for commit in cut))
    return cut


def add_worktree(repository: Repository, listing: Listing, store: Path, head_index: HeadIndex | None) -> None:
    """Add the listed files to the store, and an index in which exactly they stand.

    Starts from HEAD's index, so that only files are read which git does not know to be as they were committed.
    """
    git = exact_git(store, repository.root)
    if head_index is not None:
        shutil.copy2(head_index.path, store / "index")
        git.run("update-index", "-z", "--force-remove", "--stdin", stdin=_joined(head_index.others))
    paths = _joined(file.path for file in listing.files)
    git.run("update-index", "-z", "--add", "--remove", "--stdin", stdin=paths)


def _joined(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
