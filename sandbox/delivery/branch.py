"""Puts a diff onto a branch of its own, with the user's checkout, index and hooks left alone."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.delivery.branch_ref import move_branch, usable_branch
from sandbox.delivery.entries import Entry, read_entries
from sandbox.delivery.patch import PatchSummary, check_patch
from sandbox.delivery.patched_file import GITLINK, PatchedFile
from sandbox.delivery.patching import DoesNotFit, patched
from sandbox.delivery.tree_builder import TreeBuilder
from sandbox.errors import PatchRefused
from sandbox.workspace.hostgit import GitFailed
from sandbox.workspace.names import a_few, printable
from sandbox.workspace.objects import import_objects
from sandbox.workspace.repository import Repository, open_repository


@dataclass(frozen=True)
class BranchCommit:
    """A commit made on a branch. `uncommitted` are the files in which it holds changes that the user had not
    committed, beside those of the diff."""

    branch: str
    commit: str
    parent: str
    uncommitted: tuple[str, ...] = ()


def commit_to_branch(
    repository: Path,
    patch: bytes,
    branch: str,
    message: str,
    base_commit: str,
    *,
    include_uncommitted: bool = False,
) -> BranchCommit:
    """Commit a diff of a sandbox on top of `base_commit` ("" for an empty repository), as the tip of `branch`.

    The diff is against the working tree of the snapshot. Where that differed from `base_commit`, the diff's own
    changes are carried over to the committed file if they can be told apart; with `include_uncommitted` the
    user's changes in the files that the diff touches are committed with them. Line ends are converted as the
    repository says; other filters are not run, so files that are kept through one are refused.

    Raises PatchRefused, with nothing changed, if the diff may not be applied or does not fit, or if the branch
    exists elsewhere than at `base_commit` or is checked out.
    """
    summary = check_patch(patch)
    found = open_repository(repository)
    tip = usable_branch(found, branch, base_commit)
    with TemporaryDirectory(prefix="mimosa-branch-") as scratch:
        builder = TreeBuilder(found, Path(scratch), base_commit)
        base = builder.base_entries()
        _refuse_submodules(summary, base)
        _refuse_filtered(summary, found, builder)
        before = _before(summary, found, builder, base)
        try:
            after = patched(patch, summary, before)
        except DoesNotFit as misfit:
            raise PatchRefused(f"the diff does not fit the files as they were: {misfit}") from misfit
        before_tree, tree = builder.tree_with(before), builder.tree_with(after)
        uncommitted = builder.differing(builder.base_tree, before_tree)
        if uncommitted and not include_uncommitted:
            tree = _carried_over(builder, before_tree, tree, uncommitted)
        commit = builder.commit(tree, message)
        import_objects(builder.objects, found.object_directory)
    move_branch(found, branch, commit, tip, message)
    return BranchCommit(branch, commit, base_commit, uncommitted if include_uncommitted else ())


def _refuse_submodules(summary: PatchSummary, base: dict[str, tuple[int, str]]) -> None:
    for path in summary.paths:
        for folder in Path(path).parents[:-1]:
            if base.get(str(folder), (0, ""))[0] == GITLINK:
                raise PatchRefused(
                    f"{printable(path)} lies in the submodule {printable(str(folder))}, which a branch of this "
                    "repository does not hold; use --apply, and commit it in the submodule"
                )


def _refuse_filtered(summary: PatchSummary, repository: Repository, builder: TreeBuilder) -> None:
    for path, driver in builder.attribute("filter", summary.paths).items():
        if driver in repository.git.filters:
            raise PatchRefused(
                f"{printable(path)} is kept through the git filter {printable(driver)}, which is not run here; "
                "use --apply, and commit it yourself"
            )


def _before(
    summary: PatchSummary, repository: Repository, builder: TreeBuilder, base: dict[str, tuple[int, str]]
) -> dict[str, Entry | None]:
    """What the paths of the diff held in the snapshot."""
    before: dict[str, Entry | None] = dict.fromkeys(summary.paths)
    for file in summary.files:
        if file.old_path:
            before[file.old_path] = _entry_before(file, repository, builder, base.get(file.old_path))
    return before


def _entry_before(
    file: PatchedFile, repository: Repository, builder: TreeBuilder, committed: tuple[int, str] | None
) -> Entry:
    if committed is not None and file.old_id in ("", committed[1]):
        return Entry(file.old_mode or committed[0], builder.git.run("cat-file", "blob", committed[1]))
    there = read_entries(repository.root, [file.old_path])[file.old_path]
    if there is not None and file.old_id in ("", there.object_id(repository.object_format)):
        return there
    try:
        content = builder.git.run("cat-file", "blob", file.old_id)
    except GitFailed as failure:
        raise PatchRefused(
            f"{printable(file.old_path)} had changes that were not committed when the session began, and was "
            "edited since; the diff does not fit it any more. Save the diff with --patch FILE"
        ) from failure
    return Entry(file.old_mode or (committed or (0o100644, ""))[0], content)


def _carried_over(builder: TreeBuilder, before: str, after: str, uncommitted: tuple[str, ...]) -> str:
    try:
        return builder.merged(before, after)
    except GitFailed as failure:
        raise PatchRefused(
            f"the diff builds on changes that are not committed, in {a_few(uncommitted)}, so it does not fit the "
            "commit that the branch begins at; commit them first, or use --apply"
        ) from failure
