"""A run needs no `mimosa serve` before it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import make_repository, tiny_instances

from evals.running.folder import RunFolder
from evals.running.reading import read_run
from model_runtime.serving.local.process import end, is_alive
from model_runtime.serving.local.servers import Servers

ROOT = Path(__file__).parents[2]
COMMAND = Path(__file__).with_name("tiny_command.py")
STANDIN = ROOT / "tests" / "serve" / "standin"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """Those that are started for this test."""
    found = Servers(tmp_path / "state" / "servers")
    yield found
    for instance in found.all():
        end(instance.process, grace_s=5)


@pytest.fixture
def serving(tmp_path: Path) -> dict[str, str]:
    """A machine that has a GPU, and a stand-in for SGLang."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={STANDIN} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = {"START": "always", "PROFILE": "mimo-7b-rl", "GPUS": "1x24GB", "PORT": str(port), "PYTHON": str(python)}
    return {f"MIMOSA_SERVE_{name}": value for name, value in said.items()}


def test_a_run_starts_the_server_uses_it_and_leaves_it_running(
    tmp_path: Path, servers: Servers, serving: dict[str, str]
) -> None:
    rows = tmp_path / "rows.jsonl"
    instances = tiny_instances([make_repository(tmp_path / "a")], 1)
    rows.write_text("".join(f"{row.model_dump_json()}\n" for row in instances))
    folder = RunFolder(tmp_path / "run")
    own = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "MIMOSA_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, str(COMMAND), str(rows), "--output", str(folder.path)],
        env={**os.environ, **own, **serving},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mimo-7b-rl: fits" in done.stderr
    (instance,) = servers.all()
    assert is_alive(instance.process)
    attempts = [attempt for result in read_run(folder).results for attempt in result.attempts]
    assert [attempt.state for attempt in attempts] == ["graded"], "the server's model answered"
