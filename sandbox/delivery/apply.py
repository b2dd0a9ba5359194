"""Puts a diff onto the user's working tree: all of it or nothing, their other changes untouched."""

import os
from pathlib import Path

from sandbox.delivery.branch import BranchCommit, commit_to_branch
from sandbox.delivery.entries import Entries, read_entries, write_entries
from sandbox.delivery.patch import PatchSummary, check_patch
from sandbox.delivery.patching import DoesNotFit, patched
from sandbox.errors import PatchRefused
from sandbox.workspace.names import a_few
from sandbox.workspace.repository import open_repository

__all__ = ["BranchCommit", "apply_to_worktree", "commit_to_branch"]

_INSTEAD = "save the diff with --patch FILE, or put it on a branch of its own with --branch NAME"


def apply_to_worktree(repository: Path, patch: bytes) -> PatchSummary:
    """Apply a diff of a sandbox to the files of the repository; its index and history stay as they are.

    Files are patched byte for byte as they lie there; one that was edited meanwhile is fine as long as the diff
    fits. Raises PatchRefused, with nothing changed, if the diff may not be applied or does not fit.
    """
    summary = check_patch(patch)
    found = open_repository(repository)
    before = read_entries(found.root, summary.paths)
    try:
        after = patched(patch, summary, before)
    except DoesNotFit as misfit:
        raise PatchRefused(_why(summary, before, found.object_format, str(misfit))) from misfit
    changes = {path: entry for path, entry in after.items() if entry != before[path]}
    _write(found.root, changes, before)
    return summary


def _write(root: Path, changes: Entries, before: Entries) -> None:
    try:
        write_entries(root, changes)
    except OSError as error:
        place = os.fspath(error.filename2 or error.filename or root)
        why = f"{place} cannot be written ({error.strerror})"
        try:
            write_entries(root, {path: before[path] for path in changes})
        except OSError as second:
            raise PatchRefused(
                f"{why}, and putting the files back failed too ({second.strerror}); git diff shows how they "
                f"stand now: {a_few(list(changes))}"
            ) from error
        raise PatchRefused(f"{why}; all files are as they were. To keep the work: {_INSTEAD}") from error


def _why(summary: PatchSummary, before: Entries, object_format: str, words: str) -> str:
    edited, missing, there = [], [], []
    for file in summary.files:
        entry = before[file.old_path or file.path]
        if not file.old_path:
            there += [file.path] if entry is not None else []
        elif entry is None:
            missing.append(file.old_path)
        elif file.old_id and entry.object_id(object_format) != file.old_id:
            edited.append(file.old_path)
    reasons = [
        f"{a_few(paths)} {what}"
        for paths, what in (
            (edited, "changed since the session began"),
            (missing, "no longer there"),
            (there, "there already"),
        )
        if paths
    ]
    reason = "; ".join(reasons) or words
    return (
        f"the diff does not fit the files any more, so nothing was changed: {reason}. To keep the work: {_INSTEAD}"
    )
