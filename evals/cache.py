"""What the harness keeps between runs and can make again: clones, recipes, unpacked tasks."""

import os
from pathlib import Path


def cache_folder(*parts: str) -> Path:
    """A folder below `$XDG_CACHE_HOME/mimosa/eval`, made if it is not there."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base.joinpath("mimosa", "eval", *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
