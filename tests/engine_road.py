"""A socket that leads to the Docker engine and can be cut off: for whoever goes that way the engine has died."""

import contextlib
import os
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

ENGINE = "/var/run/docker.sock"


class EngineRoad:
    """with EngineRoad() as road:
    variables = {"DOCKER_HOST": road.url}
    road.cut()
    road.open()
    """

    def __init__(self) -> None:
        # Not pytest's folder: the path of a socket may have 107 bytes at most.
        self._folder = Path(tempfile.mkdtemp(prefix="mimosa-road-", dir="/tmp"))
        self._path = self._folder / "docker.sock"
        self.url = f"unix://{self._path}"
        self._listening: tuple[socket.socket, threading.Thread] | None = None
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        shutil.rmtree(self._folder)

    def open(self) -> None:
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(os.fspath(self._path))
        listening.listen()
        self._listening = listening, in_background(self._serve, listening)

    def cut(self) -> None:
        """What goes on over it is broken off. The socket's file stays, and nobody listens: so it is after a kill
        -9."""
        if self._listening:
            # First, and to its end: who is cut off tries again at once, and must find nobody.
            listening, serving = self._listening
            close(listening)
            serving.join()
            self._listening = None
        while self._sockets:
            close(self._sockets.pop())

    def _serve(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it was cut
            while True:
                near, far = listening.accept()[0], socket.socket(socket.AF_UNIX)
                self._sockets += [near, far]
                far.connect(ENGINE)
                in_background(carry, near, far)
                in_background(carry, far, near)


def close(one: socket.socket) -> None:
    with one, contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def in_background(work: object, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def carry(source: socket.socket, target: socket.socket) -> None:
    """One direction: what is sent, and that no more will be."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
