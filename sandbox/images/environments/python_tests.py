"""The command that runs a Python project's tests."""

import ast
from fnmatch import fnmatch
from pathlib import PurePosixPath

from sandbox.images.environments.tree import Tree, table

PYTEST = "python -m pytest"
PYTEST_NAMES = ("test_*.py", "*_test.py")
UNITTEST_NAME = "test*.py"


def test_command(tree: Tree) -> str | None:
    """pytest where it is configured or would find tests, else unittest where that would, else None."""
    if _configures_pytest(tree) or any(_is_named(path, *PYTEST_NAMES) for path in tree.files):
        return PYTEST
    suites = [path for path in tree.files if _is_named(path, UNITTEST_NAME) and _imports_unittest(tree, path)]
    return _unittest(tree, suites[0]) if suites else None


def _configures_pytest(tree: Tree) -> bool:
    return (
        tree.has("pytest.ini")
        or tree.has("conftest.py")
        or bool(table(tree.toml("pyproject.toml"), "tool", "pytest"))
        or tree.ini("setup.cfg").has_section("tool:pytest")
        or tree.ini("tox.ini").has_section("pytest")
    )


def _is_named(path: str, *patterns: str) -> bool:
    return any(fnmatch(PurePosixPath(path).name, pattern) for pattern in patterns)


def _imports_unittest(tree: Tree, path: str) -> bool:
    try:
        module = ast.parse(tree.read(path))
    except (SyntaxError, ValueError):
        return False
    for node in ast.walk(module):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.partition(".")[0] == "unittest" for name in names):
            return True
    return False


def _unittest(tree: Tree, suite: str) -> str:
    """unittest's discovery in the folder of `suite`; from the root if that folder is a package of it."""
    folder = PurePosixPath(suite).parent.as_posix()
    if folder == ".":
        return "python -m unittest discover"
    if tree.has(f"{folder}/__init__.py"):
        return f"python -m unittest discover -s {folder} -t ."
    return f"python -m unittest discover -s {folder}"
