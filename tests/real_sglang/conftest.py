"""One real server for all tests that leave it as it is, and a checkpoint for those that start their own."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cpu_server import CpuMachine
from environment import CPU
from served_machine import free_port
from tiny_checkpoint import make_tiny

HERE = Path(__file__).parent
SLOW_S = 700
KEPT = os.environ.get("KEEP_SGLANG", "")
"""A folder whose server and checkpoint are used, and left for the next run: for whoever writes these tests."""
PORT_KEPT = 31_020


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.sglang)
            item.add_marker(pytest.mark.timeout(SLOW_S))


@pytest.fixture(scope="session", autouse=True)
def ended_in_order() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does: the servers, which would outlive it, are ended too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny MiMo-V2-Flash that plays the scenes."""
    if not CPU.is_made:
        pytest.fail(f"there is no environment of the real SGLang: {sys.executable} {HERE / 'environment.py'}")
    folder = Path(KEPT) if KEPT else tmp_path_factory.mktemp("weights")
    return make_tiny(folder, CPU.interpreter)


@pytest.fixture(scope="session")
def shared(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CpuMachine]:
    """A server that `mimosa serve` started with the plan's own flags."""
    home, port = (Path(KEPT), PORT_KEPT) if KEPT else (tmp_path_factory.mktemp("served"), free_port())
    machine = CpuMachine(home, checkpoint, port)
    try:
        done = machine.serve()
        assert done.returncode == 0, done.stderr
        yield machine
    finally:
        if not KEPT:
            machine.end_all()
