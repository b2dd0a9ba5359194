"""The live demo's bug is fresh, and the same again for the same seed."""

import subprocess
import sys
from pathlib import Path

LIVE = Path(__file__).parents[2] / "demo" / "live.py"


def live(folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """Asked of a model that is not there, so that it ends where the work would begin."""
    command = [sys.executable, str(LIVE), str(folder), "--model", f"nano:{folder}/none", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def commit_of(repository: Path) -> str:
    git = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()


def test_a_seed_gives_the_same_package_again(tmp_path: Path) -> None:
    first = live(tmp_path / "a", "--seed", "7")
    assert first.returncode == 2 and "there is no such model" in first.stderr
    assert "make demo SEED=7" in first.stdout
    live(tmp_path / "b", "--seed", "7")
    assert commit_of(tmp_path / "a/seed-7") == commit_of(tmp_path / "b/seed-7")


def test_without_a_seed_it_is_another_one_each_time(tmp_path: Path) -> None:
    live(tmp_path)
    live(tmp_path)
    assert len(list(tmp_path.glob("seed-*"))) == 2
