"""Git directories written file by file: no template, hook or setting of the host finds its way into them."""

import os
from pathlib import Path

from sandbox.workspace.hostgit import HostGit

EXACT_ATTRIBUTES = b"* -text -filter -ident !working-tree-encoding !diff !merge\n"
"""In info/attributes it wins over every .gitattributes: files are stored, compared and patched byte for byte."""

EXACT_SETTINGS = """\
	fileMode = true
	symlinks = true
	ignoreCase = false
	autocrlf = false
	protectNTFS = false
	protectHFS = false
	hooksPath = /dev/null
	fsmonitor = false
	excludesFile = /dev/null
	attributesFile = /dev/null
	logAllRefUpdates = false
	looseCompression = 0
	quotePath = true
[pack]
	compression = 0
[gc]
	auto = 0
"""
"""Compression costs more time than it saves in a store that lives as long as a session."""


def make_exact_git_dir(folder: Path, object_format: str = "sha1") -> None:
    """A git directory, bare of everything, that keeps files byte for byte."""
    make_git_dir(folder, EXACT_SETTINGS, object_format)
    (folder / "HEAD").write_text("ref: refs/heads/mimosa\n")
    (folder / "info" / "attributes").write_bytes(EXACT_ATTRIBUTES)


def make_git_dir(folder: Path, core_settings: str, object_format: str) -> None:
    """The folders and the config of a git directory. `core_settings` are lines of its [core] section, and may open
    further sections; HEAD is left to the caller."""
    for name in ("info", "objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    (folder / "config").write_text(_head_of_config(object_format) + core_settings)


def _head_of_config(object_format: str) -> str:
    if object_format == "sha1":
        return "[core]\n\trepositoryFormatVersion = 0\n\tbare = false\n"
    extension = f"[extensions]\n\tobjectFormat = {object_format}\n"
    return f"{extension}[core]\n\trepositoryFormatVersion = 1\n\tbare = false\n"


def exact_git(git_dir: Path, files: Path) -> HostGit:
    """git over `files` with a git directory of `make_exact_git_dir`. The settings of the user, and of the
    repository that `files` may belong to, have no part in it."""
    return HostGit(
        files,
        environment=(
            ("GIT_DIR", os.fspath(git_dir)),
            ("GIT_WORK_TREE", os.fspath(files)),
            ("GIT_CONFIG_GLOBAL", os.devnull),
            ("GIT_CONFIG_SYSTEM", os.devnull),
            ("GIT_ATTR_NOSYSTEM", "1"),
        ),
    )
