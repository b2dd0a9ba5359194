"""Where huggingface_hub keeps what it downloads, found without it."""

import os
from pathlib import Path


def hub_cache() -> Path:
    """Where huggingface_hub keeps what it downloads."""
    if cache := os.environ.get("HF_HUB_CACHE"):
        return Path(cache).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(home).expanduser() / "hub"


def newest_snapshot(repository: str) -> Path | None:
    """The folder of the newest download of a Hugging Face repository; None if there is none."""
    snapshots = hub_cache() / f"models--{repository.replace('/', '--')}" / "snapshots"
    found = sorted(snapshots.glob("*"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None
