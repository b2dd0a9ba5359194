"""What root writes into a user's folders belongs to that user."""

import os
from pathlib import Path


def give(path: Path, owner: os.stat_result) -> None:
    """As root, make `path` belong to `owner`; anybody else owns what they make."""
    if os.geteuid() == 0:
        os.lchown(path, owner.st_uid, owner.st_gid)


def make_folders(root: Path, folder: Path) -> None:
    """Make `folder`, which is `root` or lies below it; new ones belong to the owner of `root`. A link to a folder
    is none: raises FileExistsError."""
    if folder == root or (folder.is_dir() and not folder.is_symlink()):
        return
    make_folders(root, folder.parent)
    folder.mkdir()
    give(folder, root.stat())
