"""A data set by its name: a file, a directory, or one of the public ones."""

from collections.abc import Iterable
from pathlib import Path

from evals.errors import EvalError
from evals.instances.base import Instance
from evals.instances.harbor import find_tasks, read_task
from evals.instances.polyglot import find_exercises, read_exercises
from evals.instances.public import PUBLIC, fetch_public
from evals.instances.rows import SUFFIXES, read_rows


def load_dataset(name: str) -> tuple[Instance, ...]:
    """The instances of `name`, in the order of its rows. Raises EvalError, or EvalInfrastructure from the hub.

    A directory may hold files of rows, tasks in Harbor's format, or exercises of the Aider polyglot benchmark.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return _checked(name, read_rows(path))
    if path.is_dir():
        return _checked(name, _of_directory(path))
    if name.lower() in PUBLIC:
        files = fetch_public(name.lower())
        return _checked(name, (row for file in files for row in read_rows(file)))
    raise EvalError(
        f"There is no data set {name}: name a file ({', '.join(SUFFIXES)}), a directory, or one of "
        f"{', '.join(PUBLIC)}."
    )


def _of_directory(folder: Path) -> Iterable[Instance]:
    """Tasks and exercises first: theirs are folders with a sign that nothing else has."""
    if tasks := find_tasks(folder):
        return map(read_task, tasks)
    if exercises := find_exercises(folder):
        return read_exercises(exercises)
    files = sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not files:
        raise EvalError(
            f"{folder} holds no rows ({', '.join(SUFFIXES)}), no task (task.toml), no exercise (.meta)."
        )
    return (row for file in files for row in read_rows(file))


def _checked(name: str, rows: Iterable[Instance]) -> tuple[Instance, ...]:
    instances: dict[str, Instance] = {}
    for row in rows:
        if row.instance_id in instances:
            raise EvalError(f"{name}: two rows have the instance_id {row.instance_id}; each needs its own.")
        instances[row.instance_id] = row
    if not instances:
        raise EvalError(f"{name} holds no row.")
    return tuple(instances.values())
