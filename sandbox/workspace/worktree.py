"""What is in a working tree, as its user sees it: tracked and untracked files, also of submodules."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.workspace.hostgit import HostGit, host_git
from sandbox.workspace.repository import Repository

_GITLINK = "160000"
_FORBIDDEN = frozenset({"", ".", "..", ".git"})


@dataclass(frozen=True)
class LeftOut:
    """A path that was not taken along, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class WorktreeFile:
    """A regular file or a symbolic link. `path` is relative to the root and may hold surrogate escapes."""

    path: str
    facts: os.stat_result

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.facts.st_mode)


@dataclass
class Listing:
    """`tracked_left_out` are the paths in `left_out` that the repository tracks itself; `empty_folders` stand for
    submodules that are not checked out."""

    files: list[WorktreeFile] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    tracked_left_out: list[str] = field(default_factory=list)
    empty_folders: list[str] = field(default_factory=list)


def list_worktree(repository: Repository, max_file_bytes: int) -> Listing:
    """Every file to take along, each path once. Files that are tracked but deleted are in neither list."""
    listing = Listing()
    seen: set[str] = set()
    root = os.fspath(repository.root)
    folders = _Folders(root)
    for path, tracked in _paths(repository.git, "", listing):
        if path in seen or not is_plain_path(path) or not folders.are_real_above(path):
            continue
        seen.add(path)
        _look_at(root, path, tracked, max_file_bytes, listing)
    return listing


def is_plain_path(path: str) -> bool:
    """Whether a path from git's index stays below the root and out of .git; a crafted index may hold any."""
    return not _FORBIDDEN.intersection(path.lower().split("/"))


def _paths(git: HostGit, prefix: str, listing: Listing) -> Iterator[tuple[str, bool]]:
    """(path, whether the outermost repository tracks it), submodules walked into where they are checked out."""
    output = git.run("ls-files", "-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
    for record in os.fsdecode(output).split("\0")[:-1]:
        if record.startswith("? "):
            path = prefix + record[2:]
            if path.endswith("/"):
                listing.left_out.append(LeftOut(path, "a git repository of its own, not a submodule"))
                continue
            yield path, False
            continue
        facts, _, name = record.partition("\t")
        path = prefix + name
        if facts.split(" ")[1] == _GITLINK:
            yield from _submodule_paths(git, name, path, listing)
            continue
        yield path, not prefix


def _submodule_paths(git: HostGit, name: str, path: str, listing: Listing) -> Iterator[tuple[str, bool]]:
    folder = git.folder / name
    if not is_plain_path(name) or folder.is_symlink() or not folder.is_dir():
        return
    if not (folder / ".git").exists():
        listing.empty_folders.append(path)
        listing.left_out.append(LeftOut(path, "a submodule that is not checked out (git submodule update --init)"))
        return
    yield from _paths(host_git(folder), f"{path}/", listing)


def _look_at(root: str, path: str, tracked: bool, max_file_bytes: int, listing: Listing) -> None:
    try:
        facts = os.lstat(f"{root}/{path}")
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(facts.st_mode):
        return
    reason = _reason_to_leave_out(facts, max_file_bytes)
    if not reason:
        listing.files.append(WorktreeFile(path, facts))
        return
    listing.left_out.append(LeftOut(path, reason))
    if tracked:
        listing.tracked_left_out.append(path)


def _reason_to_leave_out(facts: os.stat_result, max_file_bytes: int) -> str:
    if stat.S_ISLNK(facts.st_mode):
        return ""
    if not stat.S_ISREG(facts.st_mode):
        return "neither a file nor a link"
    if facts.st_size > max_file_bytes:
        return f"{_size(facts.st_size)} is over the limit of {_size(max_file_bytes)}"
    return ""


def _size(count: int) -> str:
    if count >= 1_000_000_000:
        return f"{count / 1_000_000_000:.1f} GB"
    return f"{count / 1_000_000:.0f} MB" if count >= 1_000_000 else f"{count / 1000:.1f} kB"


class _Folders:
    """Remembers which folders are real. A tracked file below a folder that has become a link counts as deleted, as
    it does for git; reading through the link would copy files from outside the repository."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._real: dict[str, bool] = {"": True}

    def are_real_above(self, path: str) -> bool:
        return self._is_real(path.rpartition("/")[0])

    def _is_real(self, folder: str) -> bool:
        known = self._real.get(folder)
        if known is None:
            known = self._is_real(folder.rpartition("/")[0]) and self._is_folder(folder)
            self._real[folder] = known
        return known

    def _is_folder(self, folder: str) -> bool:
        try:
            return stat.S_ISDIR(os.lstat(f"{self._root}/{folder}").st_mode)
        except OSError:
            return False
