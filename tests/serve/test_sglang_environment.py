"""The environment of the real SGLang is waited for, and not without end."""

import fcntl
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "real_sglang" / "environment.py"


def test_another_maker_is_waited_for_no_longer_than_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place: Path = runpy.run_path(str(SCRIPT))["CPU"].folder
    place.parent.mkdir(parents=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        words = [sys.executable, str(SCRIPT), "--seconds", "1"]
        done = subprocess.run(words, env=os.environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 75
    assert "another process makes it and is not done" in done.stderr
