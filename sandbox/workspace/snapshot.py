"""The user's repository as one tar file: the working tree as it is, a `.git` for the agent, Mimosa's store."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.errors import RepositoryError
from sandbox.workspace.agent_git import make_agent_git_dir
from sandbox.workspace.head_index import Changes, make_head_index
from sandbox.workspace.names import printable
from sandbox.workspace.repository import Repository, open_repository
from sandbox.workspace.store import add_worktree, make_store
from sandbox.workspace.tarball import TarWriter
from sandbox.workspace.worktree import LeftOut, Listing, WorktreeFile, list_worktree

WORKSPACE_MEMBER = "workspace"
STORE_MEMBER = "mimosa/store.git"
_LEFT_OUT_SHOWN = 5


@dataclass(frozen=True)
class Snapshot:
    """A repository at one moment. `archive` is a tar file with the members `workspace/…` and `mimosa/store.git/…`,
    to be unpacked side by side with owners, modes and times kept.

    `head` is a commit id, "" if nothing is committed; `branch` is "" if HEAD is detached. `modified`, `deleted`
    and `untracked` count files against HEAD; `files` and `bytes` count what lies in the workspace.
    """

    archive: Path
    root: Path
    given: Path
    head: str
    branch: str
    files: int
    bytes: int
    modified: int
    deleted: int
    untracked: int
    left_out: tuple[LeftOut, ...]

    def describe(self) -> str:
        """What was taken along, in one line."""
        changes = [
            f"{count} {word}"
            for count, word in (
                (self.modified, "modified"),
                (self.deleted, "deleted"),
                (self.untracked, "untracked"),
            )
            if count
        ]
        line = self._where()
        if changes:
            total = self.modified + self.deleted + self.untracked
            line += f", plus {_listed(changes)} {'file' if total == 1 else 'files'}"
        if self.left_out:
            line += f"; left out: {_listed_left_out(self.left_out)}"
        if self.given.resolve() != self.root.resolve():
            line += f"; this is the whole repository at {self.root}, of which {self.given} is a folder"
        return line

    def _where(self) -> str:
        if not self.head:
            return "nothing committed yet"
        where = f"on {self.branch}" if self.branch else "(detached)"
        return f"HEAD {self.head[:7]} {where}"


def take_snapshot(
    repository: Path,
    archive: Path,
    *,
    uid: int,
    gid: int,
    history: int = 50,
    max_file_mb: int = 100,
) -> Snapshot:
    """Copy the repository around `repository` into the tar file `archive`, owned by `uid` and `gid`; it blocks.

    The agent's `.git` holds about the last `history` commits of HEAD, 0 for all. Files over `max_file_mb`
    megabytes are left out. The repository is only read, and nothing that it configures is run. Raises
    RepositoryError if it cannot be used, SandboxError if the archive cannot be written.
    """
    found = open_repository(repository)
    with (
        TemporaryDirectory(prefix="mimosa-snapshot-", dir=archive.parent) as scratch,
        ThreadPoolExecutor(max_workers=1) as pool,
        TarWriter(archive, uid=uid, gid=gid) as tar,
    ):
        store, index = Path(scratch) / "store.git", Path(scratch) / "index"
        # git packs the history in its own process while this one lists and copies files.
        making_store = pool.submit(make_store, found, store, history)
        listing = list_worktree(found, max_file_mb * 1_000_000)
        copied = _add_files(tar, found, listing)
        head_index = make_head_index(found, listing, index) if found.head else None
        agent = Path(scratch) / "agent.git"
        make_agent_git_dir(found, agent, cut=making_store.result())
        add_worktree(found, listing, store, head_index)
        tar.add_tree(f"{WORKSPACE_MEMBER}/.git", agent)
        if head_index is not None:
            tar.add_bytes(f"{WORKSPACE_MEMBER}/.git/index", index.read_bytes())
        tar.add_tree(STORE_MEMBER, store)
    changes = head_index.changes if head_index else Changes(0, 0, len(listing.files))
    return Snapshot(
        archive=archive,
        root=found.root,
        given=repository,
        head=found.head,
        branch=found.branch,
        files=len(copied),
        bytes=sum(copied),
        modified=changes.modified,
        deleted=changes.deleted,
        untracked=changes.untracked,
        left_out=tuple(listing.left_out),
    )


def _add_files(tar: TarWriter, repository: Repository, listing: Listing) -> list[int]:
    """Add the working tree; returns the sizes of the files that were still there."""
    tar.add_folder(WORKSPACE_MEMBER)
    for folder in listing.empty_folders:
        tar.add_folder(f"{WORKSPACE_MEMBER}/{folder}")
    root = os.fspath(repository.root)
    sizes = [_add(tar, root, file, listing) for file in listing.files]
    return [size for size in sizes if size is not None]


def _add(tar: TarWriter, root: str, file: WorktreeFile, listing: Listing) -> int | None:
    """Add one file; returns its size, None if it is gone."""
    source, name = f"{root}/{file.path}", f"{WORKSPACE_MEMBER}/{file.path}"
    try:
        if file.is_link:
            tar.add_link(name, os.readlink(source), int(file.facts.st_mtime))  # noqa: PTH115 - Path would tidy it
            return 0
        return tar.add_file(name, source)
    except FileNotFoundError:
        listing.left_out.append(LeftOut(file.path, "it vanished while the copy was made"))
        return None
    except OSError as error:
        raise RepositoryError(
            f"{printable(source)} cannot be read ({error.strerror}); make it readable, or have git ignore it, and "
            "try again"
        ) from error


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _listed_left_out(left_out: tuple[LeftOut, ...]) -> str:
    shown = ", ".join(f"{printable(entry.path)} ({entry.reason})" for entry in left_out[:_LEFT_OUT_SHOWN])
    more = len(left_out) - _LEFT_OUT_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
