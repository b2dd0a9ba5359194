"""The manifest's file."""

import json
from pathlib import Path

from pydantic import ValidationError

from evals.errors import EvalError
from evals.manifest.model import MANIFEST_VERSION, Manifest


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the file at once or not at all. Raises EvalError."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise EvalError(f"The manifest {path} cannot be written: {error.strerror}.") from error


def read_manifest(path: Path) -> Manifest:
    """`path` is the file, or the run's folder. Raises EvalError."""
    file = path / "manifest.json" if path.is_dir() else path
    try:
        text = file.read_bytes()
    except OSError as error:
        raise EvalError(f"The manifest {file} cannot be read: {error.strerror}.") from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        version = _version(text)
        if version not in (None, MANIFEST_VERSION):
            raise EvalError(
                f"{file} has format version {version}, and this Mimosa reads version {MANIFEST_VERSION}. "
                "Use the Mimosa that wrote it."
            ) from error
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EvalError(f"{file} is no manifest of a run: {where}: {first['msg']}.") from error


def _version(text: bytes) -> object:
    try:
        return json.loads(text)["version"]
    except (ValueError, KeyError, TypeError):
        return None
