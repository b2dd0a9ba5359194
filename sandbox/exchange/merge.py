"""Brings the changes of two sides together, file by file, on their common base."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.delivery.patched_file import LINK
from sandbox.exchange.trees import Blob, Side, Trees
from sandbox.workspace.hostgit import GitFailed

_MOST_CONFLICTS = 127
"""git merge-file answers with the number of conflicts, at most this; above it is an error."""


@dataclass(frozen=True)
class Conflict:
    """Both sides changed one path, and not in a way that goes together."""

    path: str
    base: Side
    ours: Side
    theirs: Side


@dataclass
class Merged:
    """`tree` is ours with theirs in it; at the conflicts' paths it is ours. `taken` are the paths that changed
    by it, `same` those whose changes ours has already."""

    tree: str = ""
    taken: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def merge(trees: Trees, base: str, ours: str, theirs: str) -> Merged:
    """Put what `theirs` changed since `base` into `ours`."""
    merged = Merged()
    changed_by_us = trees.differences(base, ours)
    put: dict[str, Side] = {}
    for path, (before, their_side) in trees.differences(base, theirs).items():
        if path not in changed_by_us:
            put[path] = their_side
            merged.taken.append(path)
            continue
        our_side = changed_by_us[path][1]
        if our_side == their_side:
            merged.same.append(path)
            continue
        both = merged_side(trees, before, our_side, their_side)
        if both is None:
            merged.conflicts.append(Conflict(path, before, our_side, their_side))
        elif both == our_side:
            merged.same.append(path)
        else:
            put[path] = both
            merged.taken.append(path)
    merged.conflicts += _in_each_others_way(trees, ours, put, changed_by_us)
    for conflict in merged.conflicts:
        put.pop(conflict.path, None)
    merged.taken = [path for path in merged.taken if path in put]
    merged.tree = trees.with_paths(ours, put)
    return merged


def merged_side(trees: Trees, base: Side, ours: Side, theirs: Side) -> Blob | None:
    """Both changes in one file, or None if they do not go together."""
    if ours is None or theirs is None or LINK in (ours.mode, theirs.mode):
        return None
    mode = theirs.mode if base is not None and ours.mode == base.mode else ours.mode
    if ours.id == theirs.id or (base is not None and theirs.id == base.id):
        return Blob(mode, ours.id)
    if base is not None and ours.id == base.id:
        return Blob(mode, theirs.id)
    content, conflicting = merged_content(trees, base, ours, theirs)
    return None if conflicting else Blob(mode, trees.store(content))


def merged_content(trees: Trees, base: Side, ours: Blob, theirs: Blob) -> tuple[bytes, bool]:
    """The bytes of both, with markers around what does not go together, and whether there is such a place. Of
    files that are no text, ours."""
    contents = [
        trees.content(base.id) if base is not None else b"",
        trees.content(ours.id),
        trees.content(theirs.id),
    ]
    if any(b"\0" in content for content in contents):
        return contents[1], True
    with TemporaryDirectory(prefix="mimosa-merge-") as scratch:
        names = ("base", "ours", "theirs")
        for name, content in zip(names, contents, strict=True):
            (Path(scratch) / name).write_bytes(content)
        labels = ("-L", "the agent's", "-L", "before", "-L", "yours")
        files = [str(Path(scratch) / name) for name in ("ours", "base", "theirs")]
        command = ("merge-file", "-p", *labels, *files)
        try:
            return trees.git.run(*command), False
        except GitFailed:  # it counts conflicts in its exit code
            return trees.git.run(*command, accept=tuple(range(_MOST_CONFLICTS + 1))), True


def _in_each_others_way(
    trees: Trees, ours: str, put: dict[str, Side], changed: dict[str, tuple[Side, Side]]
) -> list[Conflict]:
    """Files of one side that lie where the other has a folder."""
    found = []
    ours_added = {path for path, (_, side) in changed.items() if side is not None}
    for path, side in put.items():
        if side is None:
            continue
        below = any(other.startswith(f"{path}/") for other in ours_added)
        above = any(path.startswith(f"{other}/") for other in ours_added)
        if below or above:
            found.append(Conflict(path, None, trees.at(ours, [path])[path], side))
    return found
