"""git objects made aside, and moved into a repository when all is well."""

import os
import shutil
from pathlib import Path
from tempfile import mkstemp

from sandbox.workspace.ownership import give, make_folders


def import_objects(made: Path, store: Path) -> None:
    """Copy the loose objects and packs in `made` into the object directory `store`, whose owner they get."""
    # An index makes its pack visible, so the pack has to be there first.
    files = sorted((path for path in made.rglob("*") if path.is_file()), key=lambda path: path.suffix == ".idx")
    for file in files:
        target = store / file.relative_to(made)
        if target.exists():
            continue
        make_folders(store, target.parent)
        handle, name = mkstemp(prefix="tmp_obj_", dir=target.parent)
        with os.fdopen(handle, "wb") as copy, file.open("rb") as source:
            shutil.copyfileobj(source, copy)
        scratch = Path(name)
        scratch.chmod(0o444)
        give(scratch, store.stat())
        scratch.replace(target)


def quoted_path(path: Path) -> str:
    """A path for GIT_ALTERNATE_OBJECT_DIRECTORIES, where a colon would end it."""
    escaped = os.fspath(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
