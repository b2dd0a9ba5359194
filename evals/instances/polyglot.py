"""Exercises of the Aider polyglot benchmark: a stub, tests that are hidden, and an example as the gold patch."""

import ast
import json
from difflib import unified_diff
from pathlib import Path
from typing import Any

from evals.errors import EvalError
from evals.instances.base import Instance
from evals.instances.folder_repository import commit_files

CONFIG = ".meta/config.json"
TEXTS = ("introduction.md", "instructions.md", "instructions.append.md")
INSTRUCTION = (
    "\n\nImplement this in {files}. Do not change the names of functions and classes that are there: they are "
    "used by tests. Use the standard library alone."
)


def find_exercises(folder: Path) -> list[Path]:
    """The folders below `folder` that are exercises."""
    return sorted(config.parent.parent for config in folder.rglob(CONFIG))


def read_exercise(folder: Path) -> Instance:
    """The instance of an exercise. Its repository is made in the cache, without the tests and without what lies in
    `.meta`. Raises EvalError for one that is not in Python: the others have no test ids that could be named."""
    files = _files(folder)
    solutions, tests, examples = (_named(folder, files, kind) for kind in ("solution", "test", "example"))
    if any(Path(name).suffix != ".py" for name in solutions + tests):
        raise EvalError(
            f"{folder} is not in Python, and only the Python exercises can be graded: name the folder "
            "python/exercises/practice."
        )
    stub = {name: (folder / name).read_bytes() for name in solutions}
    repository, commit = commit_files(f"polyglot-{folder.name}", stub)
    gold = [
        _diff(name, stub[name].decode(), (folder / example).read_text(encoding="utf-8"))
        for name, example in zip(solutions, examples, strict=False)
    ]
    return Instance(
        instance_id=f"polyglot__python-{folder.name}",
        repo=str(repository),
        base_commit=commit,
        problem_statement=_statement(folder) + INSTRUCTION.format(files=", ".join(solutions)),
        patch="".join(gold),
        test_patch="".join(_added(name, (folder / name).read_text(encoding="utf-8")) for name in tests),
        FAIL_TO_PASS=tuple(test for name in tests for test in _tests(folder, name)),
        log_parser="parse_log_pytest_v2",
        eval_type="pass_and_fail",
        test_command="python3 -m pytest -rA",
        source="polyglot",
    )


def _files(folder: Path) -> dict[str, Any]:
    try:
        files = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvalError(f"{folder / CONFIG} does not say which files the exercise has: {error}.") from error
    if not isinstance(files, dict):
        raise EvalError(f"{folder / CONFIG}: expected `files` to be an object.")
    return files


def _named(folder: Path, files: dict[str, Any], kind: str) -> list[str]:
    names = [str(name) for name in files.get(kind, [])]
    if not names or not all((folder / name).is_file() for name in names):
        raise EvalError(f"{folder / CONFIG} names no `{kind}` files, or some that are not there.")
    return names


def _statement(folder: Path) -> str:
    texts = [folder / ".docs" / name for name in TEXTS]
    return "\n\n".join(path.read_text(encoding="utf-8").strip() for path in texts if path.is_file())


def _tests(folder: Path, name: str) -> list[str]:
    """The ids that pytest gives to the test methods and functions of a file."""
    module = ast.parse((folder / name).read_text(encoding="utf-8"))
    found: list[str] = []
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            found.append(f"{name}::{node.name}")
        if isinstance(node, ast.ClassDef):
            methods = (entry for entry in node.body if isinstance(entry, ast.FunctionDef))
            found += [f"{name}::{node.name}::{entry.name}" for entry in methods if entry.name.startswith("test")]
    return found


def _diff(name: str, old: str, new: str) -> str:
    lines = unified_diff(old.splitlines(), new.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    body = "\n".join(lines)
    return f"diff --git a/{name} b/{name}\n{body}\n" if body else ""


def _added(name: str, text: str) -> str:
    lines = text.splitlines()
    body = "\n".join(f"+{line}" for line in lines)
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n"
    return f"{head}@@ -0,0 +1,{len(lines)} @@\n{body}\n"
