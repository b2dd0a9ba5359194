"""Exercises of the Aider polyglot benchmark: a stub, tests that are hidden, and an example as the gold patch."""

import json
from difflib import unified_diff
from pathlib import Path
from typing import Any

from evals.errors import EvalError
from evals.instances.base import Instance
from evals.instances.exercise_languages import LANGUAGES, language_of
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
    `.meta`. Raises EvalError for one in a language whose tests nobody here can name."""
    files = _files(folder)
    solutions, tests, examples = (_named(folder, files, kind) for kind in ("solution", "test", "example"))
    language = language_of(solutions + tests)
    if language is None:
        known = ", ".join(f"{each.name}/exercises/practice" for each in LANGUAGES)
        raise EvalError(
            f"{folder} is in a language whose exercises cannot be graded here; those in these folders can: "
            f"{known}."
        )
    tests += _beside(folder, files)
    texts = {name: language.whole((folder / name).read_text(encoding="utf-8")) for name in tests}
    named = tuple(test for name in tests for test in language.find_tests(name, texts[name]))
    if not named:
        raise EvalError(f"{folder}: no test is found in {', '.join(tests)}.")
    stub = {name: (folder / name).read_bytes() for name in solutions}
    own = _project(folder, {*solutions, *tests}) if language.project else {}
    repository, commit = commit_files(f"polyglot-{language.name}-{folder.name}", stub | own)
    gold = [
        _diff(name, stub[name].decode(), (folder / example).read_text(encoding="utf-8"))
        for name, example in zip(solutions, examples, strict=False)
    ]
    return Instance(
        instance_id=f"polyglot__{language.name}-{folder.name}",
        repo=str(repository),
        base_commit=commit,
        problem_statement=_statement(folder) + INSTRUCTION.format(files=", ".join(solutions)),
        patch="".join(gold),
        test_patch="".join(_added(name, text) for name, text in texts.items()),
        FAIL_TO_PASS=named,
        log_parser=language.log_parser,
        eval_type="pass_and_fail",
        test_command=language.test_command,
        source="polyglot",
    )


def _beside(folder: Path, files: dict[str, Any]) -> list[str]:
    """Tables of cases that the tests read: the agent does not see them either."""
    return [str(name) for name in files.get("editor", []) if (folder / str(name)).is_file()]


def _project(folder: Path, others: set[str]) -> dict[str, bytes]:
    """What else the exercise needs to be built, such as a go.mod: the files of its own folder, but for texts."""
    found = (path for path in folder.iterdir() if path.is_file() and path.suffix != ".md")
    return {path.name: path.read_bytes() for path in found if path.name not in {*others, "LICENSE"}}


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


def _diff(name: str, old: str, new: str) -> str:
    lines = unified_diff(old.splitlines(), new.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    body = "\n".join(lines)
    return f"diff --git a/{name} b/{name}\n{body}\n" if body else ""


def _added(name: str, text: str) -> str:
    lines = text.splitlines()
    body = "\n".join(f"+{line}" for line in lines)
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n"
    return f"{head}@@ -0,0 +1,{len(lines)} @@\n{body}\n"
