"""What a diff would do to the workspace, worked out before anything is changed."""

from dataclasses import dataclass

from sandbox.base import Sandbox
from tools.patch.hunks import Misfit, added_text, apply_hunks
from tools.patch.model import BadPatch, FilePatch
from tools.paths import Location, PathRefused, locate, similar_paths
from tools.text_file import NotText, TextFile, decode


@dataclass(frozen=True)
class Change:
    """`source` is None for a new file, `target` for one that goes. `data` is the target's new content.
    `executable` is None where the mode stays."""

    source: Location | None
    target: Location | None
    before: str
    after: str
    data: bytes
    executable: bool | None
    notes: tuple[str, ...] = ()


async def make_plan(sandbox: Sandbox, files: list[FilePatch]) -> list[Change]:
    """Raises BadPatch with everything that is in the way, of all files."""
    changes: list[Change] = []
    faults: list[str] = []
    for file in _merged(files):
        try:
            changes.append(await _change(sandbox, file))
        except (PathRefused, NotText, Misfit, OSError) as fault:
            faults.append(f"{file.new or file.old}: {fault}")
    if faults:
        raise BadPatch("\n\n".join(faults))
    _refuse_collisions(changes)
    return changes


def _merged(files: list[FilePatch]) -> list[FilePatch]:
    """Two sections that edit the same file are one: models repeat the header before each hunk."""
    merged: dict[tuple[str | None, str | None], FilePatch] = {}
    for file in files:
        key = (file.old, file.new)
        first = merged.get(key)
        both = (*first.hunks, *file.hunks) if first else file.hunks
        merged[key] = FilePatch(file.old, file.new, both, file.executable)
    return list(merged.values())


async def _change(sandbox: Sandbox, file: FilePatch) -> Change:
    target = await locate(sandbox, file.new) if file.new else None
    if file.old is None:
        return await _creation(sandbox, file, target)
    source = await locate(sandbox, file.old)
    if not source.exists:
        similar = await similar_paths(sandbox, source)
        hint = f" Did you mean {' or '.join(similar)}?" if similar else " To create it, use `--- /dev/null`."
        raise PathRefused(f"there is no such file in the workspace.{hint}")
    if target and target.real != source.real and target.exists:
        raise PathRefused(f"{source.shown} cannot be renamed to it: it exists.")
    data = await sandbox.read(source.real)
    if not file.hunks:
        before = _text_or_empty(data)
        return Change(source, target, before, before if target else "", data, file.executable)
    text = decode(data)
    after, notes = apply_hunks(text, file.hunks)
    if target is None and after:
        raise Misfit(f"the diff deletes it, but not these lines of it:\n{after[:1000]}")
    return Change(source, target, text.text, after, text.encode(after), file.executable, tuple(notes))


async def _creation(sandbox: Sandbox, file: FilePatch, target: Location | None) -> Change:
    if target is None:
        raise PathRefused("a file cannot be /dev/null on both sides.")
    if target.exists and await sandbox.read(target.real):
        raise PathRefused("the diff creates it, but it exists; to change it, use `--- a/path`.")
    after = added_text(tuple(line for hunk in file.hunks for line in hunk.lines))
    return Change(None, target, "", after, TextFile("").encode(after), file.executable)


def _text_or_empty(data: bytes) -> str:
    """For the screen alone: a rename or a deletion without hunks may be of a binary file."""
    try:
        return decode(data).text
    except NotText:
        return ""


def _refuse_collisions(changes: list[Change]) -> None:
    touched: dict[str, int] = {}
    for change in changes:
        for real in {place.real: place for place in (change.source, change.target) if place}:
            touched[real] = touched.get(real, 0) + 1
    if twice := [real for real, count in touched.items() if count > 1]:
        raise BadPatch(f"The diff changes {', '.join(twice)} in more than one way. Use one section a file.")
