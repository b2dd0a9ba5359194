"""What the harness keeps between runs and can make again: clones, recipes, unpacked tasks."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory


def cache_folder(*parts: str) -> Path:
    """A folder below `$XDG_CACHE_HOME/mimosa/eval`, made if it is not there."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base.joinpath("mimosa", "eval", *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, which `make` fills unless it is there: given an empty one beside it, which becomes it in one step.
    Where `make` fails nothing stays; of two processes that make the same one, the first one's stays."""
    if not folder.exists():
        with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            new = Path(scratch) / folder.name
            new.mkdir()
            make(new)
            try:
                new.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
    return folder
