"""A session needs no `mimosa serve` before it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from model_server import ModelServer
from patience import eventually
from serving_machine import LIMIT_S, MODEL, Machine

from agent.config.load import load_settings
from agent.serving.embedded import see_to_server
from model_runtime.errors import ModelUnavailable
from model_runtime.serving.local.instance import Care
from model_runtime.serving.local.launch import launch
from model_runtime.serving.local.look import find_running
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.ready import wait_ready


def variables(machine: Machine, start: str = "always", **standin: str) -> dict[str, str]:
    return {
        "MIMOSA_SERVE_START": start,
        "MIMOSA_SERVE_PROFILE": MODEL,
        "MIMOSA_SERVE_GPUS": "1x24GB",
        "MIMOSA_SERVE_PORT": str(machine.port),
        "MIMOSA_SERVE_PYTHON": machine.python(**standin),
    }


def see(machine: Machine, monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    monkeypatch.setenv("MIMOSA_STATE_DIR", str(machine.state))
    see_to_server(load_settings(None, environment))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "a.txt").write_text("a\n")
    return folder


def fix(
    machine: Machine, repository: Path, environment: Mapping[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    home = {"HOME": str(repository.parent), "XDG_CONFIG_HOME": ""}
    return subprocess.run(
        machine.command("fix", "mend it", "--repo", str(repository), "--sandbox", "local", *words),
        env={**machine.environment(), **home, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * LIMIT_S,
    )


def test_a_fix_starts_the_server_uses_it_and_leaves_it_running(machine: Machine, repository: Path) -> None:
    done = fix(machine, repository, variables(machine))
    assert done.returncode == 3, done.stderr
    assert f"{MODEL}: fits" in done.stderr
    assert "ready (100%)" in done.stderr
    assert "hello again" in done.stdout
    assert f"{MODEL}-{machine.port} stays up afterwards" in done.stderr
    assert is_alive(machine.instance().process)


def test_without_a_gpu_and_an_endpoint_the_choices_are_told(machine: Machine, repository: Path) -> None:
    done = fix(machine, repository, {})
    assert done.returncode == 75
    headline, *choices = done.stderr.strip().splitlines()
    assert "no endpoint is set, no server runs here, and no GPU can be seen" in headline
    assert [line.split(":")[0].strip() for line in choices] == ["an endpoint", "your own GPUs", "a recording"]


def test_where_nobody_can_be_asked_nothing_is_started(machine: Machine, repository: Path) -> None:
    done = fix(machine, repository, variables(machine, start="ask"))
    assert done.returncode == 75
    assert "serve.start" in done.stderr
    assert not machine.servers.all()


def test_a_model_that_does_not_fit_is_told_with_the_choices(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**variables(machine), "MIMOSA_SERVE_PROFILE": "mimo-v2-flash"}
    with pytest.raises(ModelUnavailable, match="mimo-v2-flash does not fit: graphs and workspace alone"):
        see(machine, monkeypatch, environment)


def test_a_server_that_still_starts_is_waited_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    launch(machine.servers, machine.order(machine.python(STANDIN_PAUSE="0.02")))
    see(machine, monkeypatch, {"MIMOSA_SERVE_START": "never"})
    assert find_running(machine.servers.folder) is not None


def test_an_endpoint_that_is_this_machine_s_idle_server_is_brought_back(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = machine.order(machine.python(), care=Care(idle_s=0.3))
    instance, _ = launch(machine.servers, order)
    wait_ready(machine.servers, instance, limit_s=LIMIT_S, report=lambda _: None, poll_s=0.05)
    eventually(lambda: not is_alive(instance.process))
    see(machine, monkeypatch, {"MIMOSA_BASE_URL": instance.base_url})
    assert is_alive(machine.instance().process)


def test_an_endpoint_or_a_recording_needs_no_server(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer() as server:
        see(machine, monkeypatch, {**variables(machine), "MIMOSA_BASE_URL": server.url})
    see(machine, monkeypatch, {**variables(machine), "MIMOSA_MODEL": "replay:somewhere"})
    assert not machine.servers.all()


@pytest.mark.parametrize(("answer", "starts"), [("y", True), ("", True), ("n", False)])
def test_on_a_terminal_it_is_asked_once(machine: Machine, answer: str, starts: bool) -> None:
    script = (
        "import os, sys\n"
        "from agent.config.load import load_settings\n"
        "from agent.serving.embedded import see_to_server\n"
        "see_to_server(load_settings(None, os.environ))\n"
    )
    ask = (
        "import os, pty, sys\n"
        "def read(fd):\n"
        "    data = os.read(fd, 1024)\n"
        "    if b'[Y/n]' in data: os.write(fd, sys.argv[1].encode() + b'\\n')\n"
        "    return data\n"
        "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask, answer, sys.executable, "-c", script],
        env={**os.environ, **machine.environment(), **variables(machine, start="ask")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert ("Start it, now and whenever it is needed?" in done.stdout) is True, done.stdout + done.stderr
    assert bool(machine.servers.all()) is starts, done.stdout
    assert (machine.state / "start-server").exists() is starts
