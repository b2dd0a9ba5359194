"""The Docker engine dies under a chat: that is told, what was typed waits, and it goes on when it is back."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import docker
import pytest
from chats import READY, Desk
from model_server import Call, ModelServer, Reply
from terminal import Terminal

from sandbox.images.daemon import DaemonOptions, start_daemon
from sandbox.progress import silent

Open = Callable[..., Terminal]

needs_dockerd = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dockerd") is None, reason="only root can start an engine"
)


class PrivateEngine:
    def __init__(self, folder: Path) -> None:
        self.runs = False
        self.url = f"unix://{folder}/docker.sock"
        self._pid = folder / "pid"
        self._options = DaemonOptions(
            socket=folder / "docker.sock",
            log_file=folder / "log",
            pid_file=self._pid,
            data_root=folder / "data",
            exec_root=folder / "exec",
            service=False,
            ready_timeout_s=180,
        )

    def start(self) -> None:
        start_daemon(self._options, silent)
        self.runs = True

    def end(self, number: signal.Signals) -> None:
        pid = int(self._pid.read_text())
        os.kill(pid, number)
        with suppress(ChildProcessError):  # it is a child of this process
            os.waitpid(pid, 0)
        self.runs = False

    def remove(self) -> None:
        """End it, with all that runs in it."""
        if not self.runs:
            self.start()
        client = docker.DockerClient(base_url=self.url, timeout=120)
        for container in client.containers.list(all=True):
            container.remove(force=True)
        client.close()
        self.end(signal.SIGTERM)
        # A dockerd that is killed leaves its folder mounted onto itself, which the next one adds to.
        while subprocess.run(["umount", self._options.data_root], capture_output=True).returncode == 0:
            pass


@pytest.fixture
def private(engine: docker.DockerClient, base_image: str) -> Iterator[PrivateEngine]:
    """An engine of this test's own that has the base image."""
    # Not pytest's folder: the path of a socket may have 107 bytes at most.
    folder = Path(f"/tmp/mimosa-dies-{os.getpid()}")
    folder.mkdir()
    own = PrivateEngine(folder)
    try:
        own.start()
        client = docker.DockerClient(base_url=own.url, timeout=120)
        client.images.load(engine.images.get(base_image).save(named=True))
        client.close()
        yield own
    finally:
        own.remove()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.long  # loads an image into an engine of its own, and waits for that engine twice
@pytest.mark.docker
@needs_dockerd
def test_the_engine_dies_and_comes_back(
    desk: Desk, chat: Open, server: ModelServer, private: PrivateEngine, base_image: str
) -> None:
    server.will(
        Reply(calls=(Call("bash", {"command": "echo kept >a.txt"}),)),
        Reply(content="Answer 1."),
        Reply(calls=(Call("bash", {"command": "echo begun; sleep 600"}),)),
    )
    terminal = chat("--image", base_image, sandbox="docker", columns=120, variables={"DOCKER_HOST": private.url})
    terminal.wait_for(READY, seconds=90)
    terminal.type("begin\r")
    terminal.wait_for("Answer 1.", seconds=90)
    terminal.settle()
    terminal.type("go on\r")
    terminal.wait_for("  begun")

    private.end(signal.SIGKILL)
    terminal.wait_for("the next message goes on in a new sandbox", seconds=90)
    terminal.wait_for("✗ ")
    terminal.type("is it there?\r")
    terminal.wait_for("No Docker engine answers at DOCKER_HOST", seconds=90)
    terminal.wait_for("waiting: is it there?")
    terminal.wait_for("Enter tries again")

    private.start()
    server.will(Reply(calls=(Call("bash", {"command": "cat a.txt"}),)), Reply(content="Answer 3."))
    terminal.type("\r")
    terminal.wait_for("Answer 3.", seconds=120)
    assert server.asked[-1].json["messages"][-1]["content"].startswith("kept\n")
    terminal.type("\x04\x04")
    assert terminal.wait_exit() == 0 and terminal.is_sane()
    assert len(desk.sessions) == 1
