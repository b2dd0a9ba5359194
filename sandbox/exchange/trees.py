"""git trees in a store of their own: made from patches, compared, changed path by path. Nothing is checked out."""

import os
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.errors import SandboxError
from sandbox.workspace.gitdirs import exact_git
from sandbox.workspace.hostgit import GitFailed, HostGit
from sandbox.workspace.snapshot import STORE_MEMBER

_START = "refs/mimosa/start"


@dataclass(frozen=True)
class Blob:
    """One file in a tree: git's mode, such as 0o100644, and id."""

    mode: int
    id: str


Side = Blob | None
"""What a tree has at a path; None for nothing."""


class Trees:
    """The store in `folder`, for the repository whose files lie at `root`. Everything blocks; raises
    SandboxError."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root
        self.git = exact_git(folder, root)
        self._seen: set[str] = set()

    @classmethod
    def of_snapshot(cls, archive: Path, folder: Path, root: Path) -> "Trees":
        """The store that travelled in a snapshot's archive; it is unpacked once, and found again afterwards."""
        if not folder.is_dir():
            _unpack(archive, folder)
        return cls(folder, root)

    @property
    def start(self) -> str:
        """The tree of the snapshot."""
        return self.git.ask("rev-parse", "--verify", _START)

    def has(self, tree: str) -> bool:
        """Nothing is ever removed from the store: git is asked for a tree until it has it, and then no more."""
        if tree not in self._seen:
            try:
                self.git.run("cat-file", "-e", f"{tree}^{{tree}}")
            except GitFailed:
                return False
            self._seen.add(tree)
        return True

    def write_index(self) -> str:
        """The tree of the store's own index."""
        return self.git.ask("write-tree")

    def after(self, base: str, patch: bytes) -> str:
        """The tree `base` with a patch of a sandbox put onto it."""
        if not patch.strip():
            return base
        with self._index(base) as git:
            git.run("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch)
            return git.ask("write-tree")

    def differences(self, old: str, new: str) -> dict[str, tuple[Side, Side]]:
        """Path → what each tree has there, where they differ."""
        if old == new:
            return {}
        output = os.fsdecode(
            self.git.run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new)
        )
        fields = output.split("\0")[:-1]
        found = {}
        for facts, path in zip(fields[0::2], fields[1::2], strict=True):
            old_mode, new_mode, old_id, new_id, _ = facts.removeprefix(":").split(" ")
            found[path] = (_side(old_mode, old_id), _side(new_mode, new_id))
        return found

    def with_paths(self, tree: str, paths: Mapping[str, Side]) -> str:
        """The tree with other blobs, or none, at these paths."""
        if not paths:
            return tree
        width = len(tree)
        removed = [f"0 {'0' * width}\t{path}" for path, side in paths.items() if side is None]
        put = [f"{side.mode:o} {side.id}\t{path}" for path, side in paths.items() if side is not None]
        with self._index(tree) as git:
            text = "".join(f"{line}\0" for line in (*removed, *put))
            git.run("update-index", "-z", "--index-info", stdin=os.fsencode(text))
            return git.ask("write-tree")

    def at(self, tree: str, paths: Sequence[str]) -> dict[str, Side]:
        """What a tree has at these paths."""
        if not paths:
            return {}
        literal = ("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", tree, "--", *paths)
        found: dict[str, Side] = dict.fromkeys(paths)
        for record in os.fsdecode(self.git.run(*literal)).split("\0")[:-1]:
            facts, _, path = record.partition("\t")
            mode, _, id_ = facts.split(" ")
            if path in found:
                found[path] = Blob(int(mode, 8), id_)
        return found

    def patch(self, old: str, new: str, paths: Sequence[str] = (), *, renames: bool = False) -> bytes:
        """The diff between two trees, as `Sandbox.apply` and `apply_to_worktree` take it."""
        if old == new:
            return b""
        options = ("-p", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color")
        kind = "--find-renames" if renames else "--no-renames"
        limits = ("--", *paths) if paths else ()
        return self.git.run("--literal-pathspecs", "diff-tree", "-r", *options, kind, old, new, *limits)

    def content(self, id_: str) -> bytes:
        return self.git.run("cat-file", "blob", id_)

    def store(self, content: bytes) -> str:
        """Keep these bytes; returns their id."""
        return self.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def _index(self, tree: str) -> "_Index":
        return _Index(self.git, self.root, tree)


class _Index:
    """git with an index of its own for a while, which holds `tree`."""

    def __init__(self, git: HostGit, root: Path, tree: str) -> None:
        self._scratch = TemporaryDirectory(prefix="mimosa-index-")
        index = Path(self._scratch.name) / "index"
        self._git = HostGit(root, git.filters, (*git.environment, ("GIT_INDEX_FILE", os.fspath(index))))
        self._tree = tree

    def __enter__(self) -> HostGit:
        self._git.run("read-tree", self._tree)
        return self._git

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()


def _side(mode: str, id_: str) -> Side:
    return Blob(int(mode, 8), id_) if int(mode, 8) else None


def _unpack(archive: Path, folder: Path) -> None:
    """Take the store out of a snapshot's archive, whole or not at all."""
    unfinished = folder.with_suffix(".unfinished")
    try:
        with tarfile.open(archive) as tar:
            prefix = f"{STORE_MEMBER}/"
            members = [member for member in tar if member.name == STORE_MEMBER or member.name.startswith(prefix)]
            tar.extractall(unfinished, members, filter=_own)
        git = exact_git(unfinished / STORE_MEMBER, unfinished)
        git.run("update-ref", _START, git.ask("write-tree"))
        (unfinished / STORE_MEMBER).rename(folder)
    except (OSError, tarfile.TarError, GitFailed) as error:
        raise SandboxError(
            f"the user's files cannot be followed: {archive} cannot be unpacked: {error}"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _own(member: tarfile.TarInfo, destination: str) -> tarfile.TarInfo:
    checked = tarfile.tar_filter(member, destination)
    return checked.replace(uid=os.getuid(), gid=os.getgid(), uname="", gname="", deep=False)
