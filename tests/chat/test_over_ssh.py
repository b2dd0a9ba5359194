"""The chat over a real ssh connection that breaks in the middle of a turn: nothing of it runs on where it was, and
the session goes on from there."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chats import READY, Desk
from model_server import Call, Hang, ModelServer, Reply
from ssh import SshServer, with_variable
from terminal import Terminal

from sandbox.container.leftovers import OWNER_LABEL

if TYPE_CHECKING:
    from docker import DockerClient

PROBING = "ClientAliveInterval 1\nClientAliveCountMax 2\n"
Cut = Callable[[Terminal, SshServer], None]


def kill_the_client(terminal: Terminal, _ssh: SshServer) -> None:
    terminal.kill(signal.SIGKILL)


def kill_the_servers_side(_terminal: Terminal, ssh: SshServer) -> None:
    """Nobody is left there who would tell the chat."""
    for pid in ssh.serving():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def over(desk: Desk, ssh: SshServer, *arguments: str, sandbox: str) -> Terminal:
    remote = [sys.executable, "-m", "agent.cli", "--base-url", desk.url, "--mode", "auto", "--sandbox", sandbox]
    command = ssh.command([*remote, *arguments], desk.environment({}), folder=desk.repository)
    return Terminal(command, os.environ, folder=desk.home)


def wait_until_nothing_runs(desk: Desk) -> None:
    deadline = time.monotonic() + 40
    while running := with_variable("MIMOSA_STATE_DIR", str(desk.state)):
        assert time.monotonic() < deadline, running
        time.sleep(0.1)


@pytest.mark.parametrize("cut", [kill_the_client, kill_the_servers_side])
def test_a_connection_that_breaks_while_an_answer_streams_in(
    cut: Cut, desk: Desk, server: ModelServer, tmp_path: Path
) -> None:
    with SshServer(tmp_path / "ssh") as ssh:
        server.will(
            Reply(content="Answer 1."), Hang(Reply(content="The beginning of\n\nan answer " + "and so on " * 20))
        )
        with over(desk, ssh, sandbox="local") as terminal:
            terminal.wait_for(READY)
            terminal.type("one\r")
            terminal.wait_for("Answer 1.")
            terminal.settle()
            terminal.type("two\r")
            terminal.wait_for("The beginning of")
            cut(terminal, ssh)
            assert server.gone.wait(40), "the model is not asked any more"
            wait_until_nothing_runs(desk)
        server.will(Reply(content="Answer 2."))
        with over(desk, ssh, "-c", sandbox="local") as again:
            again.wait_for(READY)
            again.settle()
            shown = again.scrollback()
            assert [shown.count(words) for words in ("▌ one", "Answer 1.", "▌ two")] == [1, 1, 1]
            again.type("go on\r")
            again.wait_for("Answer 2.")
            again.type("\x04\x04")
            assert again.wait_exit() == 0
        wait_until_nothing_runs(desk)
    assert len(desk.sessions) == 1
    said = [message["content"] for message in server.asked[-1].json["messages"] if message["role"] == "user"]
    assert [any(words in text for text in said) for words in ("one", "two", "go on")] == [True] * 3


def test_a_client_that_has_gone_silent_is_noticed_when_the_turn_is_over(
    desk: Desk, server: ModelServer, tmp_path: Path
) -> None:
    """sshd asks whether the client is alive when nothing was sent for an interval: a screen on which something
    moves keeps it from that."""
    answer = " ".join(f"word{number}" for number in range(60))
    with SshServer(tmp_path / "ssh", PROBING) as ssh:
        server.will(Reply(content=f"{answer}\n\nThe end.\n", chunk=8, delay_s=0.03))
        with over(desk, ssh, sandbox="local") as terminal:
            terminal.wait_for(READY)
            terminal.type("one\r")
            terminal.wait_for("word3")
            terminal.kill(signal.SIGSTOP)
            wait_until_nothing_runs(desk)
            assert not server.gone.is_set(), "the turn came to its end"
            terminal.kill(signal.SIGCONT)
    assert "Timeout, client not responding" in ssh.said
    with desk.chat("-c") as again:
        again.wait_for("The end.", anywhere=True)


@pytest.mark.docker
@pytest.mark.usefixtures("base_image")
@pytest.mark.parametrize("cut", [kill_the_client, kill_the_servers_side])
def test_a_connection_that_breaks_while_a_command_runs_leaves_no_container(
    cut: Cut, desk: Desk, server: ModelServer, engine: "DockerClient", tmp_path: Path
) -> None:
    def containers() -> list[str]:
        """Of the chats of this test, whatever processes they are."""
        owned = engine.containers.list(all=True, filters={"label": OWNER_LABEL}, ignore_removed=True)
        return [str(one.id) for one in owned if one.labels[OWNER_LABEL].split()[-2] in chats]

    with SshServer(tmp_path / "ssh") as ssh:
        begun = Reply(calls=(Call("bash", {"command": "echo kept >a.txt; echo begun; sleep 600"}),))
        server.will(begun)
        with over(desk, ssh, sandbox="docker") as terminal:
            terminal.wait_for(READY, seconds=90)
            terminal.type("begin\r")
            terminal.wait_for("  begun")
            chats = [str(pid) for pid in with_variable("MIMOSA_STATE_DIR", str(desk.state))]
            assert len(containers()) == 1
            cut(terminal, ssh)
            wait_until_nothing_runs(desk)
            assert containers() == []
        server.will(Reply(calls=(Call("bash", {"command": "cat a.txt"}),)), Reply(content="Answer 2."))
        with over(desk, ssh, "-c", sandbox="docker") as again:
            again.wait_for(READY, seconds=90)
            again.wait_for("▌ begin", anywhere=True)
            again.type("is it there?\r")
            again.wait_for("Answer 2.", seconds=90)
            again.type("\x04\x04")
            assert again.wait_exit() == 0
    told = [message["content"] for message in server.asked[-1].json["messages"] if message["role"] == "tool"]
    assert told[-1].startswith("kept\n"), "what the broken-off command had written is there"
