"""Where no model's server runs, the chat asks whether to start one. A stand-in plays SGLang."""

import socket
import sys
from collections.abc import Iterator

import pytest
from chats import READY, ROOT, Desk
from terminal import Terminal

from model_runtime.serving.local.process import end, is_alive
from model_runtime.serving.local.servers import Servers

STANDIN = ROOT / "tests" / "serve" / "standin"
COMMAND = (sys.executable, "-m", "agent.cli", "--sandbox", "local", "--mode", "auto")


@pytest.fixture
def variables(desk: Desk) -> Iterator[dict[str, str]]:
    """A machine with a small GPU. What is started on it is ended."""
    python = desk.home / "python"
    python.write_text(f'#!/bin/sh\nexport PYTHONPATH={STANDIN}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = {"PROFILE": "mimo-7b-rl", "GPUS": "1x24GB", "PORT": str(port), "PYTHON": str(python)}
    yield desk.environment({f"MIMOSA_SERVE_{name}": value for name, value in serve.items()})
    for instance in Servers(desk.state / "servers").all():
        end(instance.process, grace_s=5)


def test_the_server_is_started_after_a_yes(desk: Desk, variables: dict[str, str]) -> None:
    servers = Servers(desk.state / "servers")
    with Terminal(COMMAND, variables, folder=desk.repository) as terminal:
        terminal.wait_for("Start it, now and whenever it is needed?")
        assert "No model server runs. mimo-7b-rl on this machine fits" in terminal.text()
        terminal.type("n")
        terminal.wait_for("No model to ask")
        terminal.wait_for("an endpoint:")
        assert not servers.all()
        terminal.type("\x04\x04")
        assert terminal.wait_exit() == 0

    with Terminal(COMMAND, variables, folder=desk.repository) as terminal:
        terminal.wait_for("Start it, now and whenever it is needed?")  # a no was not remembered
        terminal.type("y")
        terminal.wait_for(READY)
        terminal.type("hello\r")
        terminal.wait_for("hello again")
        terminal.type("\x04\x04")
        assert terminal.wait_exit() == 0
    assert [is_alive(instance.process) for instance in servers.all()] == [True]

    with Terminal(COMMAND, variables, folder=desk.repository) as terminal:
        terminal.wait_for(READY)  # not asked again
        assert "Start it" not in terminal.scrollback()


def test_a_slow_start_is_followed_and_goes_on_when_one_leaves(desk: Desk, variables: dict[str, str]) -> None:
    slow = {**variables, "MIMOSA_SERVE_START": "always", "STANDIN_PAUSE": "1"}
    servers = Servers(desk.state / "servers")
    with Terminal(COMMAND, slow, folder=desk.repository) as terminal:
        terminal.wait_for("server: starting 0%")
        terminal.wait_for("server: loading weights")
        terminal.wait_for("s left of this step")
        terminal.type("\x04\x04")
        assert terminal.wait_exit() == 0
        (started,) = servers.all()
        assert f"{started.name} goes on starting; `mimosa stop` ends it" in terminal.text()
    assert is_alive(started.process)
