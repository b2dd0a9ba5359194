"""The chat over a real Docker sandbox."""

from collections.abc import Callable

import pytest
from chats import READY, Desk
from model_server import Call, ModelServer, Reply
from terminal import Terminal

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
