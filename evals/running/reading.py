"""A run folder, read back: whole, unfinished, resumed or regraded."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from evals.errors import EvalError
from evals.instances.base import Instance
from evals.running.folder import RunFolder
from evals.running.records import JOURNAL_VERSION, JournalLine, RunEnded, RunStarted
from evals.running.results import Result, results_of


@dataclass(frozen=True)
class Run:
    """`instances` are the chosen rows by id, in the run's order; empty if their file is missing. `lines` is the
    whole journal."""

    folder: RunFolder
    instances: dict[str, Instance]
    lines: tuple[JournalLine, ...]

    @property
    def id(self) -> str:
        starts = self.starts
        return starts[0].run if starts else self.folder.id

    @cached_property
    def starts(self) -> tuple[RunStarted, ...]:
        return tuple(line.event for line in self.lines if isinstance(line.event, RunStarted))

    @property
    def samples(self) -> int:
        return max((start.samples for start in self.starts), default=1)

    @property
    def ended(self) -> RunEnded | None:
        """How the run ended, None while it runs or where it was killed. A resumed run has not ended yet; a regrade
        changes nothing here."""
        marks = [line.event for line in self.lines if isinstance(line.event, (RunStarted, RunEnded))]
        return marks[-1] if marks and isinstance(marks[-1], RunEnded) else None

    @cached_property
    def results(self) -> tuple[Result, ...]:
        return results_of(self.lines, tuple(self.instances), self.samples)

    def working_seconds(self, at: float) -> float:
        """Seconds from the run's start to Unix time `at`, without the time between a death and a resume."""
        if not self.lines:
            return 0.0
        seconds, before = 0.0, self.lines[0].at
        for line in self.lines[1:]:
            if line.at > at:
                break
            if not isinstance(line.event, RunStarted):
                seconds += max(line.at - before, 0.0)
            before = line.at
        return seconds


def find_run(name: str, root: Path) -> RunFolder:
    """The run folder at path `name`, or the run in `root` whose id is, begins with or ends in `name`; "last" is
    the newest. Raises EvalError, and says what there is."""
    path = Path(name)
    if (path / "journal.jsonl").is_file():
        return RunFolder(path.resolve())
    runs = sorted((entry for entry in root.iterdir() if entry.is_dir()), reverse=True) if root.is_dir() else []
    if name == "last" and runs:
        return RunFolder(runs[0])
    found = [run for run in runs if run.name == name] or [
        run for run in runs if name and (run.name.startswith(name) or run.name.rpartition("-")[2] == name)
    ]
    if len(found) == 1:
        return RunFolder(found[0])
    if found:
        raise EvalError(f"{name!r} fits {len(found)} runs: {_shown(found)}. Type more of the id.")
    if not runs:
        raise EvalError(f"There is no run {name!r}: it is no run's folder, and {root} holds none yet.")
    raise EvalError(f"There is no run {name!r}. The newest are: {_shown(runs)}.")


def _shown(runs: list[Path], most: int = 5) -> str:
    more = f" and {len(runs) - most} more" if len(runs) > most else ""
    return ", ".join(run.name for run in runs[:most]) + more


def read_run(folder: RunFolder) -> Run:
    """Raises EvalError where the journal or the rows cannot be read."""
    return Run(folder, read_instances(folder.instances), read_journal(folder.journal)[0])


def read_journal(path: Path) -> tuple[tuple[JournalLine, ...], int]:
    """The journal's whole lines, and how many bytes they take. A last line without its end is dropped: nobody was
    told of it. Raises EvalError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvalError(f"The journal {path} cannot be read: {error.strerror}.") from error
    good_bytes = data.rfind(b"\n") + 1
    lines = data[:good_bytes].split(b"\n")[:-1]
    return tuple(_line(number, line, path) for number, line in enumerate(lines, start=1)), good_bytes


def _line(number: int, text: bytes, path: Path) -> JournalLine:
    try:
        line = JournalLine.model_validate_json(text)
    except ValidationError as error:
        version = _version(text)
        if number == 1 and version not in (None, JOURNAL_VERSION):
            raise EvalError(
                f"{path} has format version {version}, and this Mimosa reads version {JOURNAL_VERSION}. "
                "Use the Mimosa that wrote it."
            ) from error
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise EvalError(f"{path}, line {number}, is damaged: {what}.") from error
    if isinstance(line.event, RunStarted) and line.event.version != JOURNAL_VERSION:
        raise EvalError(
            f"{path} has format version {line.event.version}, and this Mimosa reads version {JOURNAL_VERSION}. "
            "Use the Mimosa that wrote it."
        )
    return line


def _version(text: bytes) -> object:
    try:
        return json.loads(text)["event"]["version"]
    except (ValueError, KeyError, TypeError):
        return None


def read_instances(path: Path) -> dict[str, Instance]:
    """The rows of a run by id, in their order; none if there is no such file. Raises EvalError."""
    if not path.is_file():
        return {}
    try:
        rows = [Instance.model_validate_json(line) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, ValidationError) as error:
        raise EvalError(f"The rows of the run, {path}, cannot be read: {error}") from error
    return {row.instance_id: row for row in rows}
