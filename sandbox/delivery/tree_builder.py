"""Makes git trees of a repository beside its checkout: with its settings for line ends, but an index, files and
objects of its own."""

import os
import shutil
from pathlib import Path

from sandbox.delivery.entries import Entries, write_entries
from sandbox.workspace.gitdirs import exact_git, make_exact_git_dir
from sandbox.workspace.hostgit import HostGit
from sandbox.workspace.objects import quoted_path
from sandbox.workspace.repository import Repository


class TreeBuilder:
    """Trees on top of the commit `base`, "" for none. What is made lies in `objects`, inside `scratch`."""

    def __init__(self, repository: Repository, scratch: Path, base: str) -> None:
        self.base = base
        self.objects = scratch / "objects"
        self._files = scratch / "files"
        self._exact = scratch / "exact"
        self.objects.mkdir()
        self._files.mkdir()
        make_exact_git_dir(self._exact, repository.object_format)
        self._aside = (
            ("GIT_INDEX_FILE", os.fspath(scratch / "index")),
            ("GIT_OBJECT_DIRECTORY", os.fspath(self.objects)),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted_path(repository.object_directory)),
        )
        places = (("GIT_DIR", os.fspath(repository.git_dir)), ("GIT_WORK_TREE", os.fspath(self._files)))
        self.git = HostGit(self._files, repository.git.filters, places + self._aside)
        self._start_from(base)
        self.base_tree = self._written()

    def base_entries(self) -> dict[str, tuple[int, str]]:
        """Path → git's mode and id, of everything in the base."""
        output = self.git.run("ls-tree", "-r", "-z", "--full-tree", self.base_tree)
        found = {}
        for record in os.fsdecode(output).split("\0")[:-1]:
            facts, _, path = record.partition("\t")
            mode, _, oid = facts.split(" ")
            found[path] = (int(mode, 8), oid)
        return found

    def attribute(self, name: str, paths: tuple[str, ...]) -> dict[str, str]:
        """Path → value of a git attribute, as the base has it."""
        self._start_from(self.base_tree)
        output = self.git.run("check-attr", "--cached", "-z", "--stdin", name, stdin=_joined(paths))
        fields = os.fsdecode(output).split("\0")[:-1]
        return dict(zip(fields[0::3], fields[2::3], strict=True))

    def tree_with(self, entries: Entries) -> str:
        """The base with these entries in it, line ends converted as for a commit."""
        shutil.rmtree(self._files)
        self._files.mkdir()
        write_entries(self._files, {path: entry for path, entry in entries.items() if entry is not None})
        self._start_from(self.base_tree)
        paths = sorted(entries, key=lambda path: entries[path] is not None)
        self.git.run("update-index", "-z", "--add", "--remove", "--replace", "--stdin", stdin=_joined(paths))
        return self._written()

    def merged(self, old: str, new: str) -> str:
        """The base tree with the differences between two trees put onto it. Raises GitFailed on a conflict."""
        patch = self.git.run(
            "diff-tree", "-p", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", old, new
        )
        exact = exact_git(self._exact, self._files)
        # Away from the repository's settings: its attributes may name a program that merges.
        git = HostGit(self._files, environment=exact.environment + self._aside)
        git.run("read-tree", self.base_tree)
        git.run("apply", "--cached", "--3way", "--whitespace=nowarn", "-", stdin=patch)
        return self._written()

    def differing(self, old: str, new: str) -> tuple[str, ...]:
        """The paths in which two trees differ."""
        output = self.git.run("diff-tree", "-r", "-z", "--name-only", old, new)
        return tuple(os.fsdecode(output).split("\0")[:-1])

    def commit(self, tree: str, message: str) -> str:
        """A commit of a tree on top of the base, by the user if git knows who that is."""
        parent = ["-p", self.base] if self.base else []
        text = message.rstrip("\n") + "\n"
        made = self.git.run(
            "commit-tree", *parent, "-F", "-", tree, stdin=text.encode(), environment=self._identity()
        )
        return made.decode().strip()

    def _identity(self) -> dict[str, str]:
        name = self.git.ask("config", "user.name") or "Mimosa"
        email = self.git.ask("config", "user.email") or "mimosa@localhost"
        who = ("AUTHOR", "COMMITTER")
        return {f"GIT_{role}_NAME": name for role in who} | {f"GIT_{role}_EMAIL": email for role in who}

    def _start_from(self, tree: str) -> None:
        self.git.run("read-tree", tree or "--empty")

    def _written(self) -> str:
        return self.git.ask("write-tree")


def _joined(paths: list[str] | tuple[str, ...]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
