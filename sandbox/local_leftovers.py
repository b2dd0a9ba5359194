"""Folders of local sandboxes whose Mimosa was killed: each tells who made it, and a later start removes them."""

import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path

from sandbox.owner import is_dead, this_owner

OWNER = "owner"
_NAME = re.compile(r"mimosa-[0-9a-f]{12}")


def new_root() -> Path:
    """Where a local sandbox may be made; it does not exist yet."""
    return Path(tempfile.gettempdir()) / f"mimosa-{secrets.token_hex(6)}"


def sign(root: Path) -> None:
    """Note in a sandbox's folder that it is this process's."""
    (root / OWNER).write_text(this_owner())


def sweep_folders() -> list[Path]:
    """Remove what the dead left of `new_root`'s, this user's alone, and return it; it blocks."""
    return [root for root in _left_behind() if _removed(root)]


def remove_tree(root: Path) -> None:
    shutil.rmtree(root, onerror=_make_removable)


def _left_behind() -> list[Path]:
    roots = Path(tempfile.gettempdir()).iterdir()
    return [root for root in roots if _NAME.fullmatch(root.name) and _is_left(root)]


def _is_left(root: Path) -> bool:
    try:
        if root.is_symlink() or root.stat().st_uid != os.geteuid():
            return False
        return is_dead((root / OWNER).read_text())
    except OSError:
        return False  # it is being made, or being removed


def _removed(root: Path) -> bool:
    try:
        remove_tree(root)
    except OSError:
        return False  # another start was faster, or something in it is not this user's
    return True


def _make_removable(_function: object, path: str, _error: object) -> None:
    """Programs make read-only folders (Go's module cache does): open the folder and try once more."""
    if not Path(path).exists() and not Path(path).is_symlink():
        return
    Path(path).parent.chmod(0o700)
    if Path(path).is_dir() and not Path(path).is_symlink():
        Path(path).chmod(0o700)
        shutil.rmtree(path)
    else:
        Path(path).unlink()
