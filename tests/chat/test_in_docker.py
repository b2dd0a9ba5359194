"""The chat over a real Docker sandbox."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from chats import READY, Desk
from engine_road import EngineRoad
from model_server import Call, ModelServer, Reply
from terminal import Terminal

from sandbox.container.leftovers import OWNER_LABEL

if TYPE_CHECKING:
    from docker import DockerClient

Open = Callable[..., Terminal]


@pytest.mark.docker
@pytest.mark.usefixtures("base_image")
def test_a_turn_and_an_interrupt(desk: Desk, chat: Open, server: ModelServer) -> None:
    server.will(
        Reply(calls=(Call("bash", {"command": "test -e /.dockerenv && echo inside; sleep 600"}),)),
        Reply(content="Answer 2."),
    )
    terminal = chat(sandbox="docker", mode="ask")
    terminal.wait_for(READY, seconds=90)
    assert "docker" in terminal.text()
    terminal.type("begin\r")
    terminal.wait_for("inside")  # it only reads, so nobody is asked
    terminal.wait_for("running")
    terminal.type("\x03")
    terminal.wait_for("interrupted;", seconds=20, anywhere=True)
    terminal.type("go on\r")
    terminal.wait_for("Answer 2.")
    terminal.type("!pwd\r")
    terminal.wait_for("✓ exit 0")
    terminal.type("\x04\x04")
    assert terminal.wait_exit() == 0
    assert (desk.repository / "stats.py").read_text().endswith("+ 1]\n")


def containers_of(engine: "DockerClient", pid: int) -> list[str]:
    owned = engine.containers.list(all=True, filters={"label": OWNER_LABEL}, ignore_removed=True)
    return [str(one.id) for one in owned if one.labels[OWNER_LABEL].split()[-2] == str(pid)]


def hang_up(terminal: Terminal) -> None:
    terminal.hang_up()


def leave_in_a_hurry(terminal: Terminal) -> None:
    """While the session is closed, whoever waits for the shell's prompt presses Ctrl-C."""
    terminal.type("\x04\x04")
    deadline = time.monotonic() + 20
    while not terminal.takes_interrupts():
        assert time.monotonic() < deadline, "the screen does not end"
        terminal.read(0.005)
    terminal.type("\x03")
    terminal.wait_exit()


@pytest.mark.docker
@pytest.mark.usefixtures("base_image")
@pytest.mark.parametrize("leave", [hang_up, leave_in_a_hurry])
def test_no_container_is_left(
    leave: Callable[[Terminal], None], chat: Open, server: ModelServer, engine: "DockerClient"
) -> None:
    server.will(Reply(calls=(Call("bash", {"command": "echo begun; sleep 600"}),)))
    terminal = chat(sandbox="docker")
    terminal.wait_for(READY, seconds=90)
    terminal.type("begin\r")
    terminal.wait_for("begun")
    assert len(containers_of(engine, terminal.pid)) == 1
    leave(terminal)
    assert containers_of(engine, terminal.pid) == []


@pytest.mark.docker
def test_an_engine_that_is_gone_is_told_in_words_and_the_session_goes_on_when_it_is_back(
    desk: Desk, chat: Open, server: ModelServer, base_image: str
) -> None:
    server.will(
        Reply(calls=(Call("bash", {"command": "echo kept >a.txt"}),)),
        Reply(content="Answer 1."),
        Reply(calls=(Call("bash", {"command": "echo begun; sleep 600"}),)),
    )
    with EngineRoad() as road:
        variables = {"DOCKER_HOST": road.url}
        terminal = chat("--image", base_image, sandbox="docker", columns=100, variables=variables)
        terminal.wait_for(READY, seconds=90)
        terminal.type("begin\r")
        terminal.wait_for("Answer 1.", seconds=90)
        terminal.type("go on\r")
        terminal.wait_for("  begun")

        road.cut()
        told = "✗ the Docker engine does not answer any more: nothing listens there. Start the engine there"
        terminal.wait_for(told, seconds=90)
        terminal.wait_for("the next message goes on in a new sandbox")
        terminal.settle()
        assert terminal.text().count(told) == 1
        terminal.type("is it there?\r")
        terminal.wait_for("Enter tries again")
        terminal.settle()
        shown = " ".join(terminal.scrollback().split())
        assert f"✗ No Docker engine answers at DOCKER_HOST={road.url}: nothing listens there." in shown
        assert shown.count("nothing listens there") == 2 and "Error" not in shown, "each once, and in words"

        road.open()
        server.will(Reply(calls=(Call("bash", {"command": "cat a.txt"}),)), Reply(content="Answer 3."))
        terminal.type("\r")
        terminal.wait_for("Answer 3.", seconds=90)
        assert server.asked[-1].json["messages"][-1]["content"].startswith("kept\n")
        terminal.type("\x04\x04")
        assert terminal.wait_exit() == 0 and terminal.is_sane()
    assert len(desk.sessions) == 1
