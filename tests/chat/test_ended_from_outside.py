"""A chat that is killed at any point of a turn, and a sandbox that is taken away from under it."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chats import READY, Desk
from model_server import Call, Hang, ModelServer, Reply
from terminal import Terminal

from agent.chat.chat import HANG_UP

if TYPE_CHECKING:
    from docker import DockerClient

Open = Callable[..., Terminal]


def seconds_of_cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bash(command: str) -> Reply:
    return Reply(calls=(Call("bash", {"command": command}),))


def killed(terminal: Terminal) -> None:
    terminal.kill(signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL
    for _ in range(200):
        if terminal.is_sane():
            return
        terminal.read(0.05)
    raise AssertionError("no shell could be used in the terminal any more")


def test_killed_at_every_point_of_a_turn_at_300_columns(desk: Desk, chat: Open, server: ModelServer) -> None:
    """Before the model answers, while it thinks, while a command runs, and while a question is asked."""
    server.will(Hang(), Hang(Reply(reasoning="Hm, this is hard. " * 9)), bash("echo begun; sleep 600"))
    points = (
        ("auto", "waiting for the model"),
        ("auto", "this is hard"),
        ("auto", "  begun"),
        ("ask", "Yes, once"),
    )
    for number, (mode, words) in enumerate(points):
        terminal = chat(*(["-c"] if number else []), columns=300, mode=mode)
        terminal.wait_for(READY)
        if number:
            assert f"▌ message {number - 1}" in terminal.scrollback()
        if mode == "ask":
            server.will(bash("touch one"))
        terminal.type(f"message {number}\r")
        terminal.wait_for(words)
        while len(server.asked) <= number:  # from then on it is safe
            terminal.read(0.05)
        killed(terminal)
    server.will(Reply(content="All of it is here."))
    terminal = chat("-c", columns=300)
    terminal.wait_for(READY)
    terminal.type("and now\r")
    terminal.wait_for("All of it is here.")
    assert len(desk.sessions) == 1
    said = [message for message in server.asked[-1].json["messages"] if message["role"] == "user"]
    texts = [str(message["content"]) for message in said]
    assert [any(f"message {number}" in text for text in texts) for number in range(4)] == [True] * 4
    assert not (desk.repository / "one").exists()


def test_a_terminal_that_takes_nothing_any_more_and_then_closes(
    desk: Desk, chat: Open, server: ModelServer
) -> None:
    """As behind a client of ssh that was stopped, once all that lies between is full: the chat waits to write."""
    server.will(Reply(content="and so on and on\n\n" * 3000, chunk=100, delay_s=0.01))
    terminal = chat()
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("and so on")
    deadline, before = time.monotonic() + 20, -1.0
    while before != (now := seconds_of_cpu(terminal.pid)):  # it would draw else
        assert time.monotonic() < deadline
        before = now
        time.sleep(1)
    assert terminal.hang_up(seconds=15) == HANG_UP
    assert server.gone.wait(5)
    again = chat("-c")
    again.wait_for("▌ begin", anywhere=True)
    assert len(desk.sessions) == 1


@pytest.mark.docker
@pytest.mark.usefixtures("base_image")
def test_a_container_that_is_removed_is_replaced(chat: Open, server: ModelServer, engine: "DockerClient") -> None:
    server.will(bash("echo kept >a.txt"), Reply(content="Answer 1."), bash("cat a.txt; sleep 600"))
    terminal = chat(sandbox="docker", columns=300)
    terminal.wait_for(READY, seconds=90)
    terminal.type("begin\r")
    terminal.wait_for("Answer 1.")
    terminal.settle()
    (container,) = (each for each in engine.containers.list() if f" {terminal.pid} " in str(each.labels))
    terminal.type("go on\r")
    terminal.wait_for("  kept")
    container.remove(force=True)
    terminal.wait_for("the sandbox's container was")
    terminal.wait_for("the next message goes on in a new sandbox")
    assert terminal.scrollback().count("✗ the sandbox's container was") == 1

    server.will(bash("cat a.txt"), Reply(content="Answer 3."))
    terminal.type("is it there?\r")
    terminal.wait_for("Answer 3.", seconds=90)
    result = server.asked[-1].json["messages"][-1]["content"]
    assert result.startswith("kept\n")
    assert terminal.scrollback().count("▌ begin") == 1  # what stands there is not told again
    terminal.type("\x04\x04")
    assert terminal.wait_exit() == 0 and terminal.is_sane()
