"""What happens to a patch: a file, a branch, the working tree, or nothing but a word on how to apply it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from agent.errors import UsageError
from agent.export.words import first_line
from agent.fix.result import FixResult
from sandbox.delivery.apply import apply_to_worktree, commit_to_branch
from sandbox.delivery.branch_ref import usable_branch
from sandbox.errors import PatchRefused
from sandbox.workspace.repository import open_repository


@dataclass(frozen=True)
class Delivery:
    """Where the patch goes; any of the three, or none."""

    apply: bool = False
    branch: str = ""
    file: Path | None = None

    @property
    def chosen(self) -> bool:
        return self.apply or bool(self.branch) or self.file is not None


def check_delivery(delivery: Delivery, repository: Path, base_commit: str | None = None) -> None:
    """Refuse before the work what could only fail after it. The work begins at `base_commit`, HEAD if None. Raises
    UsageError."""
    if delivery.branch:
        found = open_repository(repository)
        try:
            usable_branch(found, delivery.branch, found.head if base_commit is None else base_commit)
        except PatchRefused as refused:
            raise UsageError(f"--branch {delivery.branch}: {refused}") from refused
    if delivery.file is not None and (why := _why_unwritable(delivery.file)):
        raise UsageError(f"--patch {delivery.file} cannot be written: {why}")


def _why_unwritable(target: Path) -> str:
    """ "" if the file can be written, as far as can be told without writing."""
    if target.is_dir():
        return "it is a folder; name a file in it"
    if not target.parent.is_dir():
        return f"there is no folder {target.parent}"
    return "" if os.access(target if target.exists() else target.parent, os.W_OK) else "permission denied"


def deliver(delivery: Delivery, repository: Path, result: FixResult, patch_file: Path) -> Iterator[str]:
    """Do what was chosen; yields a line on each thing that was done. Raises PatchRefused and UsageError; the patch
    stays in `patch_file` whatever happens."""
    patch = patch_file.read_bytes()
    if delivery.file is not None:
        _write(delivery.file, patch)
        yield f"written to {delivery.file}"
    if delivery.branch:
        made = commit_to_branch(repository, patch, delivery.branch, _message(result), result.base_commit)
        yield f"committed to {made.branch} as {made.commit[:10]}"
    if delivery.apply:
        apply_to_worktree(repository, patch)
        yield f"applied to {repository}"
    if not delivery.chosen:
        yield f"not applied; to apply it: git -C {quote(str(repository))} apply {quote(str(patch_file))}"


def _write(target: Path, patch: bytes) -> None:
    try:
        target.write_bytes(patch)
    except OSError as error:
        raise UsageError(f"--patch {target} cannot be written: {error.strerror}") from error


def _message(result: FixResult) -> str:
    """A commit message: the summary's first line as subject, then the whole summary and the verdict."""
    subject = first_line(result.summary, 72) or "Fix by mimosa"
    return f"{subject}\n\n{result.summary}\n\n{result.verdict.capitalize()} by mimosa, session {result.session}.\n"
