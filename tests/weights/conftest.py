"""A home of its own for the hub's cache: nothing of the user's is read or written."""

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a `mimosa` that has a cache and a state of its own."""
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return {
        "HF_HOME": str(tmp_path / "hf"),
        "MIMOSA_STATE_DIR": str(tmp_path / "state"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
    }
