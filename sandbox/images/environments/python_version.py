"""The version of a project that asks git for it: the sandbox has no tags, so the setup is told."""

from pathlib import Path

from sandbox.images.environments.python_project import PythonProject
from sandbox.images.environments.tree import Tree
from sandbox.workspace.hostgit import GitFailed, HostGit

ASK_GIT = ("setuptools_scm", "setuptools-scm", "hatch-vcs", "hatch_vcs")
UNKNOWN = "0.0.0"


def pretended_version(tree: Tree, project: PythonProject) -> str:
    """What to put before the install command ("VARIABLE=version "); "" for a project that knows its version.

    The variables are those of setuptools_scm (which hatch-vcs uses as well) and of pbr.
    """
    requires = " ".join(project.build_requires).lower()
    if any(name in requires for name in ASK_GIT):
        suffix = "".join(letter if letter.isalnum() else "_" for letter in project.name).upper()
        scope = f"_FOR_{suffix}" if suffix else ""
        return f"SETUPTOOLS_SCM_PRETEND_VERSION{scope}={last_tag(tree.root)} "
    if any(word.startswith("pbr") for word in requires.split()):
        return f"PBR_VERSION={last_tag(tree.root)} "
    return ""


def last_tag(repository: Path) -> str:
    """The version that the nearest tag names, "0.0.0" if there is none that is one."""
    try:
        tag = HostGit(repository).run("describe", "--tags", "--abbrev=0", "--match=*[0-9]*").decode().strip()
    except GitFailed:
        return UNKNOWN  # no tag, no commit, or no repository
    version = tag.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_/")
    parts = version.split(".")
    return version if all(part.isdigit() for part in parts) else UNKNOWN
