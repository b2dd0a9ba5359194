"""Tasks in Harbor's directory format: `task.toml`, `instruction.md`, `environment/Dockerfile`, `tests/test.sh`."""

import tomllib
from pathlib import Path

from evals.errors import EvalError
from evals.instances.base import Instance

TASK, INSTRUCTION = "task.toml", "instruction.md"
DOCKERFILE, VERIFIER = "environment/Dockerfile", "tests/test.sh"


def find_tasks(folder: Path) -> list[Path]:
    """The folders at or below `folder` that are tasks."""
    return sorted(file.parent for file in folder.rglob(TASK))


def read_task(folder: Path) -> Instance:
    """The instance of a task. It names no commit: what its image holds in the working directory is its base. It
    has no gold patch, as a solution is a script here. Raises EvalError."""
    for name in (INSTRUCTION, DOCKERFILE, VERIFIER):
        if not (folder / name).is_file():
            raise EvalError(f"{folder} is no task in Harbor's format that can be used here: it has no {name}.")
    settings = task_settings(folder)
    metadata = settings.get("metadata")
    difficulty = metadata.get("difficulty", "") if isinstance(metadata, dict) else ""
    return Instance(
        instance_id=folder.name,
        repo=str(folder.absolute()),
        base_commit="",
        problem_statement=(folder / INSTRUCTION).read_text(encoding="utf-8"),
        patch="",
        test_patch="",
        FAIL_TO_PASS=(VERIFIER,),
        difficulty=str(difficulty),
        task=str(folder.absolute()),
        source="harbor",
    )


def task_settings(folder: Path) -> dict[str, object]:
    """The tables of task.toml. Raises EvalError."""
    try:
        return tomllib.loads((folder / TASK).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EvalError(f"{folder / TASK} cannot be read: {error}.") from error


def verifier_seconds(folder: Path, default: float) -> float:
    """How long the task's own verifier may take."""
    verifier = task_settings(folder).get("verifier")
    seconds = verifier.get("timeout_sec") if isinstance(verifier, dict) else None
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else default
