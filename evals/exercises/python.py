"""Python: unittest and plain functions, run by pytest."""

import ast

from evals.exercises.base import Language


def find_tests(name: str, text: str) -> list[str]:
    """The ids that pytest gives to the test methods and functions of a file."""
    found: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            found.append(f"{name}::{node.name}")
        if isinstance(node, ast.ClassDef):
            methods = (entry for entry in node.body if isinstance(entry, ast.FunctionDef))
            found += [f"{name}::{node.name}::{entry.name}" for entry in methods if entry.name.startswith("test")]
    return found


PYTHON = Language(
    name="python",
    suffix=".py",
    test_suffix="_test.py",
    test_command="python3 -m pytest -rA",
    log_parser="parse_log_pytest_v2",
    find_tests=find_tests,
)
