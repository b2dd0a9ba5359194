"""The decisions on disk: a line a commit, so that mining goes on where it was stopped."""

from pathlib import Path

from pydantic import ValidationError

from evals.errors import EvalError
from evals.mining.base import Decision


class Ledger:
    """`decisions.jsonl` in a folder, and `rows.jsonl` with what was kept, ready for `mimosa eval run`."""

    def __init__(self, folder: Path) -> None:
        """Raises EvalError if the folder cannot be used or its decisions cannot be read."""
        self.folder = folder
        self.decisions: dict[str, Decision] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            data = self._file.read_bytes() if self._file.exists() else b""
        except OSError as error:
            raise EvalError(f"{folder} cannot be used: {error.strerror}.") from error
        whole = data[: data.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                decision = Decision.model_validate_json(line)
            except ValidationError as error:
                raise EvalError(
                    f"{self._file}, line {number}, is damaged. Delete the line, or start with another --output."
                ) from error
            self.decisions[decision.commit] = decision
        if len(whole) != len(data):  # killed in the middle of a write
            self._file.write_bytes(whole)

    @property
    def _file(self) -> Path:
        return self.folder / "decisions.jsonl"

    @property
    def rows(self) -> Path:
        return self.folder / "rows.jsonl"

    @property
    def kept(self) -> list[Decision]:
        return [decision for decision in self.decisions.values() if decision.row is not None]

    def add(self, decision: Decision) -> None:
        """Raises EvalError if the disk does not take it."""
        try:
            with self._file.open("ab") as file:
                file.write(decision.model_dump_json().encode() + b"\n")
            self.decisions[decision.commit] = decision
            if decision.row is not None:
                self._write_rows()
        except OSError as error:
            raise EvalError(f"{self.folder} cannot be written: {error.strerror}.") from error

    def _write_rows(self) -> None:
        fresh = self.folder / ".rows.new"
        rows = (decision.row for decision in self.kept)
        fresh.write_text(
            "".join(f"{row.model_dump_json()}\n" for row in rows if row is not None), encoding="utf-8"
        )
        fresh.replace(self.rows)
