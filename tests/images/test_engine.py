"""An engine that answers is used; one that does not is explained; one that is started stands on its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import docker
import pytest

from sandbox.errors import EngineUnavailable
from sandbox.images.daemon import DaemonOptions, start_daemon
from sandbox.images.engine import CALL_TIMEOUT_S, connect, ensure_engine, request_timeout
from sandbox.progress import silent

ROOT = Path(__file__).parents[2]

needs_dockerd = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dockerd") is None, reason="only root can start an engine"
)


def test_a_dead_socket_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineUnavailable, match="unset DOCKER_HOST") as raised:
        connect()
    assert raised.value.exit_code == 75
    assert f"{tmp_path}/none.sock" in str(raised.value)


def test_no_engine_is_started_in_place_of_one_that_the_user_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineUnavailable):
        ensure_engine()
    assert not list(tmp_path.iterdir())


def test_the_script_step_says_what_to_do_and_exits_75(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.images.engine"],
        env=os.environ | {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 75
    assert "No Docker engine answers at DOCKER_HOST" in done.stderr
    assert "nothing listens there. Start the engine there" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.docker
def test_the_engine_that_answers_is_used(engine: docker.DockerClient) -> None:
    client = ensure_engine()
    assert client.info()["ID"] == engine.info()["ID"]
    with request_timeout(client, 3):
        assert client.api.timeout == 3
    assert client.api.timeout == CALL_TIMEOUT_S


def private(folder: Path) -> DaemonOptions:
    return DaemonOptions(
        socket=folder / "docker.sock",
        log_file=folder / "log",
        pid_file=folder / "pid",
        data_root=folder / "data",
        exec_root=folder / "exec",
        service=False,
    )


@pytest.mark.docker
@needs_dockerd
def test_a_started_engine_answers_and_outlives_the_program_that_started_it() -> None:
    # Not pytest's folder: the path of a socket may have 107 bytes at most.
    folder = Path(f"/tmp/mimosa-engine-{os.getpid()}")
    folder.mkdir()
    program = (
        "from pathlib import Path; from tests.images.test_engine import private, silent, start_daemon;"
        f"print(start_daemon(private(Path('{folder}')), silent))"
    )
    try:
        # If the engine held our output open, `run` would not return.
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=90, check=True
        )
        pid = int((folder / "pid").read_text())
        assert f"kill {pid}" in done.stdout
        client = docker.DockerClient(base_url=f"unix://{folder}/docker.sock", timeout=30)
        assert {network.name for network in client.networks.list()} == {"none", "host"}
        client.close()
    finally:
        end_daemon(folder)


def end_daemon(folder: Path) -> None:
    """End the engine by the process id that it wrote, and wait until it is gone."""
    pid = int((folder / "pid").read_text())
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while (folder / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    shutil.rmtree(folder)


@pytest.mark.docker
@needs_dockerd
def test_an_engine_that_does_not_come_up_shows_its_log(tmp_path: Path) -> None:
    options = private(tmp_path)
    (tmp_path / "data").write_text("no folder can be made here")
    with pytest.raises(EngineUnavailable, match="points to a file") as raised:
        start_daemon(options, silent)
    assert str(options.log_file) in str(raised.value)


IMPATIENT = """#!/bin/sh
# dockerd as it is on a busy machine: at its first start its containerd is too slow for it
if mkdir {folder}/started 2>/dev/null; then
    echo 'failed to start containerd: timeout waiting for containerd to start' >&2
    exit 1
fi
exec {dockerd} "$@"
"""


@pytest.mark.docker
@needs_dockerd
def test_an_engine_whose_containerd_was_too_slow_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(f"/tmp/mimosa-slow-{os.getpid()}")
    folder.mkdir()
    program = tmp_path / "dockerd"
    program.write_text(IMPATIENT.format(folder=folder, dockerd=shutil.which("dockerd")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    try:
        assert "Started dockerd" in start_daemon(private(folder), silent)
        assert (folder / "started").is_dir()
    finally:
        end_daemon(folder)
