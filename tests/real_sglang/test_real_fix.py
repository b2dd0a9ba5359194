"""`mimosa fix` against the real server: a repository with a bug, a checkpoint that plays the repair."""

import json
import subprocess
from pathlib import Path

import pytest
from cpu_server import CpuMachine
from scenes import BUGGY, FIXED, ISSUE, RUN_TESTS, SUMMARY, TEST


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    for name, text in (("calc.py", BUGGY), ("test_calc.py", TEST), (".gitignore", "__pycache__/\n")):
        (folder / name).write_text(text)
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "as it was")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def test_a_fix_is_made_verified_and_measured(shared: CpuMachine, repository: Path) -> None:
    options = ("--sandbox", "local", "--test", RUN_TESTS, "--apply", "--json")
    done = shared.mimosa("fix", ISSUE, "--repo", str(repository), *options)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["verdict"] == "verified"
    assert result["summary"] == SUMMARY
    assert (repository / "calc.py").read_text() == FIXED
    assert result["cost"]["turns"] == 5
    assert result["server"]["acceptance"] == pytest.approx(4.0, abs=0.5)
    assert result["server"]["hit_rate"] > 0
