"""Tasks in Harbor's directory format: `task.toml`, `instruction.md`, `environment/Dockerfile`, `tests/test.sh`."""

import tomllib
from pathlib import Path
from typing import cast, get_args

from evals.errors import EvalError
from evals.instances.base import Instance, NetworkMode

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
    network_mode, allowed_hosts = _network(folder, settings)
    return Instance(
        instance_id=folder.name,
        repo=str(folder.absolute()),
        base_commit="",
        problem_statement=(folder / INSTRUCTION).read_text(encoding="utf-8"),
        patch="",
        test_patch="",
        FAIL_TO_PASS=(VERIFIER,),
        difficulty=str(_table(settings, "metadata").get("difficulty", "")),
        task=str(folder.absolute()),
        network_mode=network_mode,
        allowed_hosts=allowed_hosts,
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
    seconds = _table(task_settings(folder), "verifier").get("timeout_sec")
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else default


def _network(folder: Path, settings: dict[str, object]) -> tuple[NetworkMode, tuple[str, ...]]:
    """What the task says of the network while the agent works: `[agent]` before `[environment]`, `network_mode`
    before `allow_internet`, its older form. Raises EvalError."""
    environment = _table(settings, "environment")
    for table in (_table(settings, "agent"), environment):
        if (mode := table.get("network_mode")) is not None:
            hosts = table.get("allowed_hosts", []) if mode == "allowlist" else []
            if mode in get_args(NetworkMode) and isinstance(hosts, list):
                return cast(NetworkMode, mode), tuple(str(host).strip().lower() for host in hosts)
            raise EvalError(
                f"{folder / TASK}: network_mode is public, no-network, or allowlist with a list of allowed_hosts."
            )
    allowed = environment.get("allow_internet")
    if allowed is None:
        return "", ()
    return ("public" if allowed else "no-network"), ()


def _table(settings: dict[str, object], name: str) -> dict[str, object]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}
