"""A repository's files, as the finders read them."""

import configparser
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.errors import EnvironmentFailed

DEEPEST = 4
MOST_FILES = 20_000
PASSED_OVER = frozenset({"node_modules", "venv", "env", "build", "dist", "target", "vendor", "__pycache__"})


class Tree:
    """Files below `root`, by their path relative to it. Reading never leaves `root`: a link that points out of it
    counts as missing."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def has(self, name: str) -> bool:
        path = (self.root / name).resolve()
        try:
            return path.is_relative_to(self.root) and path.is_file()
        except OSError:
            return False  # no name that a file could have

    def relative(self, name: str) -> str:
        """`name`, of something inside, without ".." and links, relative to the root."""
        return (self.root / name).resolve().relative_to(self.root).as_posix()

    def read(self, name: str) -> bytes:
        """The bytes of a file; b"" if it is not there. Raises EnvironmentFailed if it cannot be read."""
        if not self.has(name):
            return b""
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise EnvironmentFailed(f"{name} cannot be read: {error.strerror}.") from error

    def text(self, name: str) -> str:
        return self.read(name).decode("utf-8-sig", errors="replace")

    def digest(self, name: str) -> str:
        return hashlib.sha256(self.read(name)).hexdigest()

    def toml(self, name: str) -> Mapping[str, Any]:
        """A TOML file's tables; none if it is not there."""
        try:
            return tomllib.loads(self.text(name))
        except tomllib.TOMLDecodeError as error:
            raise _unreadable(name, error) from error

    def json(self, name: str) -> Mapping[str, Any]:
        """A JSON file's object; none if it is not there."""
        if not self.has(name):
            return {}
        try:
            value = json.loads(self.text(name))
        except json.JSONDecodeError as error:
            raise _unreadable(name, error) from error
        return value if isinstance(value, dict) else {}

    def ini(self, name: str) -> configparser.ConfigParser:
        """An INI file's sections; none if it is not there."""
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(self.text(name), source=name)
        except configparser.Error as error:
            raise _unreadable(name, error) from error
        return parser

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files of the upper folders, hidden ones and what tools make left out, in order."""
        found: list[str] = []
        for folder, folders, names in os.walk(self.root):
            relative = Path(folder).relative_to(self.root)
            deep = len(relative.parts) >= DEEPEST
            kept = (name for name in folders if not name.startswith(".") and name not in PASSED_OVER)
            folders[:] = [] if deep else sorted(kept)
            found += [(relative / name).as_posix() for name in sorted(names)]
            if len(found) >= MOST_FILES:
                break
        return tuple(found)


def _unreadable(name: str, error: Exception) -> EnvironmentFailed:
    return EnvironmentFailed(
        f"{name} of the repository cannot be understood: {error}. Correct it, or say how the repository is set up "
        "with `setup` under [sandbox] in .mimosa/config.toml."
    )


def table(value: object, *path: str) -> Mapping[str, Any]:
    """The table at `path` in `value`; an empty one if there is none, or something else is there."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def strings(value: object) -> list[str]:
    """The strings of a list; none if it is something else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
