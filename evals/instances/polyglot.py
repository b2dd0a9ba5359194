"""Exercises of the Aider polyglot benchmark: a stub, tests that are hidden, and an example as the gold patch."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from evals.errors import EvalError
from evals.exercises.base import Language
from evals.exercises.known import LANGUAGES, SOURCE, exercise_id, language_of
from evals.instances.base import Instance
from evals.instances.file_patches import added, changed
from evals.instances.folder_repository import commit_files

log = logging.getLogger(__name__)

CONFIG = ".meta/config.json"
CARGO_EXAMPLE = ".meta/Cargo-example.toml"
"""What the example is built with, where that is not the exercise's Cargo.toml. No config names it."""

TEXTS = ("introduction.md", "instructions.md", "instructions.append.md")
INSTRUCTION = (
    "\n\nImplement this in {files}. Do not change the names of functions and classes that are there: they are "
    "used by tests. Use the standard library alone."
)


def find_exercises(folder: Path) -> list[Path]:
    """The folders below `folder` that are exercises."""
    return sorted(config.parent.parent for config in folder.rglob(CONFIG))


def read_exercises(folders: Sequence[Path]) -> list[Instance]:
    """Their instances. One that cannot be graded is left out, which is logged. Raises EvalError where all are."""
    found: list[Instance] = []
    refused: list[EvalError] = []
    for folder in folders:
        try:
            found.append(read_exercise(folder))
        except EvalError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    for reason in refused:
        log.warning("Left out: %s", reason)
    return found


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
    given, hidden = _beside(folder, files, tests, language)
    texts = {name: language.whole(_text(folder / name)) for name in (*hidden, *given)}
    named = tuple(test for name in tests for test in language.find_tests(name, texts[name]))
    if not named:
        raise EvalError(f"{folder}: no test is found in {', '.join(tests)}.")
    stub = {name: (folder / name).read_bytes() for name in (*solutions, *given)}
    own = _project(folder, language, {*solutions, *given, *hidden})
    repository, commit = commit_files(f"{SOURCE}-{language.name}-{folder.name}", stub | own)
    return Instance(
        instance_id=exercise_id(language, folder.name),
        repo=str(repository),
        base_commit=commit,
        problem_statement=_statement(folder) + INSTRUCTION.format(files=", ".join(solutions)),
        patch=_gold(folder, solutions, examples, given),
        # What is given comes anew with the tests, so that it is as it was whatever a patch does to it.
        test_patch="".join(added(name, text) for name, text in texts.items()),
        FAIL_TO_PASS=named,
        log_parser=language.log_parser,
        eval_type="pass_and_fail",
        test_command=language.test_command,
        source=SOURCE,
    )


def _beside(
    folder: Path, files: dict[str, Any], tests: list[str], language: Language
) -> tuple[list[str], list[str]]:
    """What nobody is to change, as (what is given to the agent, what is hidden): classes and interfaces that a
    solution is written against, and tests, with their tables of cases and all that lies in a folder of theirs."""
    more = [str(name) for name in files.get("editor", []) if (folder / str(name)).is_file()]
    given = [name for name in more if not name.endswith(language.test_suffix)]
    folders = {parent for name in tests if (parent := PurePosixPath(name).parent.as_posix()) != "."}
    others = (path for parent in sorted(folders) for path in sorted((folder / parent).rglob("*")))
    around = [path.relative_to(folder).as_posix() for path in others if path.is_file()]
    hidden = dict.fromkeys((*tests, *(name for name in more if name not in given), *around))
    return given, list(hidden)


def _project(folder: Path, language: Language, others: set[str]) -> dict[str, bytes]:
    """What else the exercise needs to be built, such as a go.mod; texts are for people who learn."""
    paths = (path for pattern in language.project for path in folder.glob(pattern) if path.is_file())
    found = {path.relative_to(folder).as_posix(): path for path in paths if path.suffix != ".md"}
    return {name: path.read_bytes() for name, path in found.items() if name not in {*others, "LICENSE"}}


def _gold(folder: Path, solutions: list[str], examples: list[str], given: list[str]) -> str:
    """A patch that puts the examples in their places. One that is called so stands for the solution with its
    suffix; any other, for the file of its own name beside the first solution, unless that is given."""
    if (folder / CARGO_EXAMPLE).is_file():
        examples = [*examples, CARGO_EXAMPLE]
    patch = ""
    for example in map(PurePosixPath, examples):
        stands = "example" in example.stem or "proof" in example.stem
        alike = [name for name in solutions if PurePosixPath(name).suffix == example.suffix]
        name = alike[0] if stands and alike else str(PurePosixPath(solutions[0]).parent / example.name)
        if name in given:
            continue
        text = _text(folder / example)
        patch += changed(name, _text(folder / name), text) if (folder / name).is_file() else added(name, text)
    return patch


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
    return "\n\n".join(_text(path).strip() for path in texts if path.is_file())


def _text(path: Path) -> str:
    return path.read_bytes().decode()  # with the line breaks that it has
