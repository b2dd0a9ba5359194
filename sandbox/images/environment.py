"""Finds a repository's environment: what the user says, else its devcontainer.json, else what it looks like."""

import shlex
from dataclasses import replace
from pathlib import Path

from sandbox.errors import EnvironmentFailed
from sandbox.images.environments import devcontainer, go, make, node, python, rust
from sandbox.images.environments.base import (
    Build,
    Environment,
    Finder,
    KeyFile,
    SandboxSettings,
    key_files,
)
from sandbox.images.environments.tree import Tree

__all__ = ["Build", "Environment", "KeyFile", "SandboxSettings", "find_environment"]

FINDERS: tuple[Finder, ...] = (
    python.installable,
    node.find,
    go.find,
    rust.find,
    python.with_requirements,
    python.with_tests,
    make.find,
    python.bare,
)
"""The first that knows the repository decides: packaging files before loose hints, files of code last."""

NOTHING_FOUND = Environment(why="nothing that tells how to set it up: the base image as it is, no test command")

MANIFESTS = (
    *(
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "tox.ini",
        "requirements.txt",
        "uv.lock",
        "poetry.lock",
        "Pipfile.lock",
    ),
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"),
    *("go.mod", "go.sum", "Cargo.toml", "Cargo.lock", "Gemfile.lock", "composer.lock", "pom.xml"),
    *("Makefile", "makefile", "GNUmakefile", "CMakeLists.txt", "meson.build", "configure.ac"),
)
"""Setup commands that somebody wrote may depend on any of these; a change in one makes the image anew."""


def find_environment(repository: Path, settings: SandboxSettings | None = None) -> Environment:
    """The environment for `repository`, a working tree on the host. Reads files and runs nothing.

    An image, a Dockerfile or setup commands in `settings` replace what would be found; a test command alone joins
    it. Raises EnvironmentFailed for files that cannot be read or point outside.
    """
    settings = settings or SandboxSettings()
    tree = Tree(repository)
    found = _described(tree, settings)
    if settings.test:
        return replace(found, test_command=settings.test)
    return found


def _described(tree: Tree, settings: SandboxSettings) -> Environment:
    if settings.image or settings.dockerfile or settings.setup:
        return _with_test_command(tree, _of_settings(tree, settings))
    if found := devcontainer.find(tree):
        return _with_test_command(tree, replace(found, key_files=_of_commands(tree, found.setup)))
    return replace(_looked_like(tree), notes=devcontainer.notes_without_image(tree))


def _looked_like(tree: Tree) -> Environment:
    return next((found for finder in FINDERS if (found := finder(tree))), NOTHING_FOUND)


def _with_test_command(tree: Tree, found: Environment) -> Environment:
    """`found` with the test command that the repository looks like having. Files that cannot be read are no error
    here: whoever described the environment by hand may have done so because of them."""
    try:
        return replace(found, test_command=_looked_like(tree).test_command)
    except EnvironmentFailed as error:
        return replace(found, notes=(*found.notes, f"no test command found: {error}"))


def _of_settings(tree: Tree, settings: SandboxSettings) -> Environment:
    if settings.dockerfile and not tree.has(settings.dockerfile):
        raise EnvironmentFailed(
            f"sandbox.dockerfile: expected a file inside the repository, found '{settings.dockerfile}'."
        )
    built = Build(tree.relative(settings.dockerfile)) if settings.dockerfile else None
    base = settings.image or built
    what = f"image {settings.image}" if settings.image else settings.dockerfile or "base image"
    return Environment(
        why=f"[sandbox] settings: {what}, {len(settings.setup)} setup commands",
        base=base,
        setup=settings.setup,
        key_files=_of_commands(tree, settings.setup),
    )


def _of_commands(tree: Tree, commands: tuple[str, ...]) -> tuple[KeyFile, ...]:
    """The files that commands written by somebody may depend on: manifests, and those that they name."""
    if not commands:
        return ()
    words = [word for command in commands for word in _words(command)]
    return key_files(tree, *MANIFESTS, *(word.removeprefix("./") for word in words if tree.has(word)))


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()
