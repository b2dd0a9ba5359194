"""One real server for all tests that leave it as it is, and a checkpoint for those that start their own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cpu_server import CpuMachine, free_port
from environment import interpreter, is_made
from scenes import write_scenes

HERE = Path(__file__).parent
MODEL = "mimo-v2-flash-tiny"
SLOW_S = 400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.sglang)
            item.add_marker(pytest.mark.timeout(SLOW_S))


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny MiMo-V2-Flash that plays the scenes."""
    if not is_made():
        pytest.fail(f"there is no environment of the real SGLang: {sys.executable} {HERE / 'environment.py'}")
    folder = tmp_path_factory.mktemp("weights")
    write_scenes(folder / "scenes.json")
    made = folder / MODEL
    words = [str(interpreter()), str(HERE / "checkpoint" / "make.py"), str(made), str(folder / "scenes.json")]
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=120)
    return made


@pytest.fixture(scope="session")
def shared(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CpuMachine]:
    """A server that `mimosa serve` started with the plan's own flags."""
    machine = CpuMachine(tmp_path_factory.mktemp("served"), checkpoint, free_port())
    try:
        done = machine.serve()
        assert done.returncode == 0, done.stderr
        yield machine
    finally:
        machine.end_all()


@pytest.fixture
def alone(checkpoint: Path, tmp_path: Path) -> Iterator[CpuMachine]:
    """A machine on which nothing runs yet."""
    machine = CpuMachine(tmp_path, checkpoint, free_port())
    yield machine
    machine.end_all()
