"""A repository, and a way to take it into a place like a sandbox."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.workspace.snapshot import take_snapshot
from tests.workspace.places import Place, Repo, unpack


@pytest.fixture(autouse=True)
def own_git_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of whoever runs the tests have no part in them; a test may write its own here."""
    settings = tmp_path_factory.mktemp("settings") / "gitconfig"
    settings.write_text("[init]\n\tdefaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.fspath(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return settings


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with one commit of three files."""
    path = tmp_path / "repo"
    path.mkdir()
    made = Repo(path)
    made.git("init", "-q")
    made.write("README.md", "hello\n")
    made.write("src/app.py", "print('one')\nprint('two')\nprint('three')\n")
    made.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    made.commit("first")
    return made


@pytest.fixture
def enter(tmp_path: Path) -> Callable[..., Place]:
    """Takes a snapshot of a folder and unpacks it in a place of its own."""
    numbers = iter(range(1000))

    def take(repository: Path, *, history: int = 50, max_file_mb: int = 100) -> Place:
        number = next(numbers)
        archive = tmp_path / f"snapshot-{number}.tar"
        taken = take_snapshot(
            repository, archive, uid=os.getuid(), gid=os.getgid(), history=history, max_file_mb=max_file_mb
        )
        return unpack(taken, tmp_path / f"place-{number}")

    return take


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users of this machine can enter; those of pytest they cannot."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root with all capabilities")
    yield folder
    subprocess.run(["umount", folder], check=True)
