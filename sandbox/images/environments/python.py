"""Python repositories: a virtual environment with the project, what its tests need, and pytest in it."""

import shlex

from sandbox.images.environments.base import Environment, key_files
from sandbox.images.environments.python_project import PythonProject
from sandbox.images.environments.python_requirements import PLAIN_FILE, Needs, test_needs
from sandbox.images.environments.python_tests import test_command
from sandbox.images.environments.python_version import pretended_version
from sandbox.images.environments.tree import Tree

VENV = "/opt/venv"
NO_BYTECODE = ("PYTHONDONTWRITEBYTECODE", "1")
"""Not every repository ignores __pycache__, and what the tests leave there is no part of a patch."""

PACKAGING_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini")
PYTEST_IF_MISSING = (
    "python3 -c 'import pytest' 2>/dev/null || python3 -m pip install --break-system-packages pytest"
)


def installable(tree: Tree) -> Environment | None:
    """A project that pip can install: installed in place, with what its tests need."""
    project = PythonProject(tree)
    if project.source is None:
        return None
    needs = test_needs(tree, project)
    extras = f"[{','.join(needs.extras)}]" if needs.extras else ""
    words = ["-e", f".{extras}", *_words(needs)]
    with_what = f" with {needs.said_in}" if needs.said_in else ""
    return _environment(
        tree,
        f"Python, from {project.source}: installed in place{with_what}",
        f"{pretended_version(tree, project)}python -m pip install {shlex.join(words)}",
        needs,
    )


def with_requirements(tree: Tree) -> Environment | None:
    """Code that is run where it lies, with files that name its requirements."""
    needs = test_needs(tree, PythonProject(tree))
    files = tuple(name for name in (PLAIN_FILE, *needs.files) if tree.has(name))
    needs = Needs((), needs.requirements, files, ", ".join(files) or needs.said_in)
    if not needs.files and not needs.requirements:
        return None
    command = f"python -m pip install {shlex.join(_words(needs))}"
    return _environment(tree, f"Python, from {needs.said_in}", command, needs)


def bare(tree: Tree) -> Environment | None:
    """Modules and nothing else: Python as the image has it, and pytest."""
    if not any(path.endswith(".py") for path in tree.files):
        return None
    return Environment(
        why="Python, from its .py files: no requirements named",
        setup=(PYTEST_IF_MISSING,),
        test_command=_with_python3(test_command(tree)),
        variables=(NO_BYTECODE,),
    )


def with_tests(tree: Tree) -> Environment | None:
    """As `bare`, for code that has tests."""
    return bare(tree) if test_command(tree) else None


def _environment(tree: Tree, why: str, install: str, needs: Needs) -> Environment:
    command = test_command(tree)
    return Environment(
        why=f"{why}; {f'tests with {command}' if command else 'no tests found'}",
        setup=(f"python3 -m venv {VENV}", install),
        test_command=command,
        key_files=key_files(tree, *PACKAGING_FILES, PLAIN_FILE, *needs.files),
        path=(f"{VENV}/bin",),
        variables=(("VIRTUAL_ENV", VENV), NO_BYTECODE),
    )


def _words(needs: Needs) -> list[str]:
    """What pip installs beside the project, pytest always among it."""
    files = [word for name in needs.files for word in ("-r", name)]
    return [*needs.requirements, *files, "pytest"]


def _with_python3(command: str | None) -> str | None:
    """Outside a virtual environment only `python3` is sure to be there."""
    return command.replace("python ", "python3 ", 1) if command else None
