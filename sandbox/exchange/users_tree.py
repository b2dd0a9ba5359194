"""The user's working tree as a git tree: only what changed since the last look is read."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from sandbox.exchange.trees import Trees
from sandbox.workspace.repository import open_repository
from sandbox.workspace.worktree import list_worktree


def users_tree(trees: Trees, max_file_mb: int = 100) -> str:
    """The tree of the user's files as they are now: tracked and untracked ones, and those that were known before
    and are ignored now. Files over the limit stay as they were known. Raises RepositoryError."""
    found = open_repository(trees.root)
    listing = list_worktree(found, max_file_mb * 1_000_000)
    known = os.fsdecode(trees.git.run("ls-files", "-z")).split("\0")[:-1]
    seen = {file.path for file in listing.files}
    too_large = {left.path for left in listing.left_out}
    others = [path for path in known if path not in seen and path not in too_large]
    kept = {path for path in others if _is_file(trees.root, path)}
    gone = [path for path in others if path not in kept]
    if gone:
        trees.git.run("update-index", "-z", "--force-remove", "--stdin", stdin=_joined(gone))
    trees.git.run("update-index", "-z", "--add", "--remove", "--replace", "--stdin", stdin=_joined((*seen, *kept)))
    return trees.write_index()


def _is_file(root: Path, path: str) -> bool:
    """Whether a file or a link lies there, and no link above it."""
    if any((root / above).is_symlink() for above in Path(path).parents[:-1]):
        return False
    try:
        mode = (root / path).lstat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _joined(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
