"""Rows of a file in one of the formats that SWE-bench's data sets come in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.errors import EvalError
from evals.instances.base import Instance
from evals.instances.folder_repository import commit_files

SUFFIXES = (".jsonl", ".json", ".parquet")


def read_rows(path: Path) -> Iterator[Instance]:
    """The instances in a .json (a list, or an object by id), .jsonl or .parquet file, in order.

    Raises EvalError, which names the file and the row.
    """
    readers = {".json": _json, ".jsonl": _jsonl, ".parquet": _parquet}
    if path.suffix not in readers:
        raise EvalError(f"{path}: expected a file that ends in {', '.join(SUFFIXES)}.")
    try:
        for number, row in enumerate(readers[path.suffix](path), start=1):
            yield _instance(path, number, row)
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise EvalError(f"{path} is no text in UTF-8: {error}.") from error


def _instance(path: Path, number: int, row: object) -> Instance:
    if not isinstance(row, dict):
        raise EvalError(f"{path}, row {number}: expected an object, found {type(row).__name__}.")
    row = _with_repository(row)
    try:
        # Tables hold null for what a row does not have.
        return Instance.model_validate({name: value for name, value in row.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EvalError(
            f"{path}, row {number}: {where}: {first['msg']}. A row of SWE-bench 5.x is expected (docs/eval.md)."
        ) from error


def _with_repository(row: dict[str, Any]) -> dict[str, Any]:
    """A small repository may lie in its row, as `files` by path: it is made in the cache."""
    files = row.get("files")
    if not isinstance(files, dict):
        return row
    contents = {str(path): str(text).encode() for path, text in files.items()}
    repository, _ = commit_files(str(row.get("instance_id", "row")), contents)
    return {**row, "repo": str(repository)}


def _json(path: Path) -> Iterator[object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise EvalError(f"{path} is no JSON: {error}.") from error
    if isinstance(value, dict):
        value = [value] if "instance_id" in value else list(value.values())
    if not isinstance(value, list):
        raise EvalError(f"{path}: expected a list of rows, found {type(value).__name__}.")
    yield from value


def _jsonl(path: Path) -> Iterator[object]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise EvalError(f"{path}, line {number} is no JSON: {error}.") from error


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    try:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise EvalError(f"{path} is read with pyarrow: pip install 'mimosa-coder[eval]'") from error
    try:
        for batch in ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
    except ArrowInvalid as error:
        raise EvalError(f"{path} is no parquet file: {error}.") from error
