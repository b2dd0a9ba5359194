"""Ctrl-C, however it comes: the work ends in order, and the last words say how to go on."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from fix_bench import EDIT, FINISH, FIXED, ISSUE, RUN_TESTS, Mimosa, wait_for_requests
from model_server import Call, Hang, ModelServer, Reply

STUBBORN = Call("bash", {"command": "trap '' INT TERM; sleep 300"})


@pytest.fixture
def local(server: ModelServer, repository: Path) -> tuple[str | Path, ...]:
    return ("fix", "--repo", repository, "--sandbox", "local", "--base-url", server.url)


def wait_for_line(running: "subprocess.Popen[str]", words: str) -> None:
    assert running.stdout is not None
    while words not in running.stdout.readline():
        assert running.poll() is None, f"it ended before it said {words!r}"


def test_a_ctrl_c_that_is_held_down_changes_nothing(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]
) -> None:
    server.will(Reply(calls=(EDIT,)), Reply(calls=(STUBBORN,)))
    mimosa.environment["PYTHONUNBUFFERED"] = "1"
    running = mimosa.start(*local, ISSUE)
    wait_for_line(running, "sleep 300")
    for _ in range(8):
        running.send_signal(signal.SIGINT)
        time.sleep(0.03)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert told.count("a moment") == 1
    assert told.splitlines()[-1] == f"  mimosa fix --resume {mimosa.sessions[0].name}"
    assert "Traceback" not in told


def test_a_session_in_use_is_told_before_anything_is_started(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...]
) -> None:
    server.will(Reply(calls=(EDIT,)), Hang(Reply(reasoning="thinking")))
    first = mimosa.start(*local, ISSUE)
    wait_for_requests(server, 2)
    second = mimosa("fix", "--resume", "last", "--base-url", server.url)
    assert second.returncode == 2
    assert f"in use by process {first.pid}" in second.stderr
    assert "Go on with" not in second.stderr
    assert second.stdout == ""
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    server.will(Reply(calls=(RUN_TESTS,)), Reply(calls=(FINISH,)))
    assert mimosa("fix", "--resume", "last", "--base-url", server.url, "--apply").returncode == 0
    assert (repository / "stats.py").read_text() == FIXED
