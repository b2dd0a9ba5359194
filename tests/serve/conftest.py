"""A machine for each test. Every server that a test starts is ended by its pid."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving_machine import Machine

from model_runtime.serving.local.process import end


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    (tmp_path / "bin").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Machine(tmp_path / "state", port, tmp_path / "bin")
    yield made
    for instance in made.servers.all():
        end(instance.process, grace_s=5)
