"""One file's part of a diff."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["added", "deleted", "modified", "renamed", "copied", "mode"]

GITLINK = 0o160000
LINK = 0o120000


@dataclass(frozen=True)
class PatchedFile:
    """What a diff does to one file. `old_path` is "" for an added file; `path` names a deleted file too.

    Modes are git's, 0 where the diff does not name them. Ids are those of the blobs, "" where the content stays.
    `target` is where an added or changed link points, None if this is about no link.
    """

    path: str
    old_path: str
    kind: Kind
    additions: int = 0
    deletions: int = 0
    binary: bool = False
    old_mode: int = 0
    new_mode: int = 0
    old_id: str = ""
    new_id: str = ""
    target: bytes | None = None
