"""A server with the wrong parser, which crashes, is started again, and is stopped."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cpu_server import START_LIMIT_S, CpuMachine
from patience import eventually
from served_machine import free_port

from model_runtime.serving.local.look import look
from model_runtime.serving.local.process import is_alive


@pytest.fixture(scope="module")
def wrong(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CpuMachine]:
    """A server with another model's reasoning parser; of a repeated flag the last counts."""
    machine = CpuMachine(tmp_path_factory.mktemp("wrong"), checkpoint, free_port())
    try:
        done = machine.serve(extra=("--reasoning-parser", "deepseek-r1"))
        assert done.returncode == 0, done.stderr
        yield machine
    finally:
        machine.end_all()


def test_the_doctor_catches_a_wrong_parser_and_names_the_right_one(wrong: CpuMachine) -> None:
    done = wrong.mimosa("doctor", "--json", "--sandbox", "local")
    found = {each["subject"]: each for each in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    off = found["thinking off"]
    assert off["verdict"] == "wrong"
    assert "--reasoning-parser deepseek-r1" in off["said"]
    assert "--reasoning-parser mimo" in off["mend"]
    assert found["tool call"]["verdict"] == "right"


def test_a_crashed_server_is_started_again_and_stops_when_told(wrong: CpuMachine) -> None:
    before = wrong.instance()
    assert before.server is not None
    os.kill(before.server.pid, signal.SIGKILL)
    eventually(lambda: bool(wrong.instance().crashes), 60)
    eventually(lambda: look(wrong.servers, wrong.instance()).state == "ready", START_LIMIT_S)
    after = wrong.instance()
    assert after.server is not None
    assert after.server.pid != before.server.pid
    assert after.crashes[-1].what

    done = wrong.mimosa("stop", "--yes")
    assert done.returncode == 0, done.stderr
    assert not is_alive(after.process)
    assert not is_alive(after.server)
    assert json.loads(wrong.mimosa("status", "--json").stdout)[0]["state"] == "stopped"
