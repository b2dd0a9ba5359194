"""A container in which an image is prepared: as root, mostly with the network on, gone when the work ends."""

import atexit
import codecs
import io
import tarfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from sandbox.container.leftovers import setup_name
from sandbox.errors import EnvironmentFailed, SandboxDied, SandboxError
from sandbox.images.engine import connect, gone, setup_network

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

LAST_LINES = 30
OWN_FOLDER = "/tmp/mimosa-setup"
"""Mimosa's own things inside, removed before the image is stored."""


class SetupContainer:
    """A running container. Not safe for use by several threads."""

    def __init__(self, client: "DockerClient", container: str, time_up: threading.Event) -> None:
        self._client = client
        self._container = container
        self._time_up = time_up

    def put(self, archive: BinaryIO | bytes) -> None:
        """Unpack a tar at the root."""
        self._client.api.put_archive(self._container, "/", archive)

    def put_file(self, name: str, data: bytes) -> str:
        """Put a file into Mimosa's own folder; returns its path inside."""
        path = f"{OWN_FOLDER}/{name}"
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, io.BytesIO(data))
        self.put(buffer.getvalue())
        return path

    def run(
        self,
        command: str,
        *,
        folder: str = "/",
        variables: Mapping[str, str] | None = None,
        watch: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Run `command` with bash, its lines to `watch`, and wait for its end.

        Raises EnvironmentFailed with the last lines if it fails, or if the container's time is up.
        """
        # One pipe for both streams: over two, the engine hands on lines out of order.
        words = ["bash", "-euo", "pipefail", "-c", f"exec 2>&1\n{command}"]
        started = self._client.api.exec_create(
            self._container, words, workdir=folder, environment=dict(variables or {}), user="0:0"
        )
        last: deque[str] = deque(maxlen=LAST_LINES)
        for line in text_lines(self._client.api.exec_start(started["Id"], stream=True)):
            last.append(line)
            watch(line)
        if self._time_up.is_set():
            raise EnvironmentFailed(_told("did not end in time", command, last))
        exit_code = self._client.api.exec_inspect(started["Id"])["ExitCode"]
        if exit_code != 0:
            raise EnvironmentFailed(_told(f"failed with exit code {exit_code}", command, last))

    def commit(self, name: str, *, variables: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Store the container as image `name`, with `variables` set in it."""
        repository, _, tag = name.partition(":")
        settings = {
            "Env": [f"{key}={value}" for key, value in variables.items()],
            "Labels": dict(labels),
            "Entrypoint": [],
            "Cmd": ["bash"],
        }
        self._client.api.commit(self._container, repository=repository, tag=tag, conf=settings)


@contextmanager
def setup_container(
    client: "DockerClient", image: str, *, limit_s: float, online: bool = True
) -> Iterator[SetupContainer]:
    """A container of `image` that runs for at most `limit_s` seconds and is removed when the context ends. With
    `online` False it has no network but its own loopback.

    What the engine refuses inside the context becomes EnvironmentFailed; an engine that goes away, SandboxDied.
    """
    from docker.errors import APIError

    time_up = threading.Event()
    with _told_as_ours(image, time_up):
        container = client.containers.create(
            image,
            # Should this process be killed, the container ends and vanishes by itself.
            entrypoint=["sleep", str(int(limit_s) + 60)],
            command=[],
            auto_remove=True,
            user="0:0",
            init=True,
            network_mode=setup_network(client) if online else "none",
            name=setup_name(),
        )
        _under_way.add(str(container.id))
        atexit.register(_remove_rest)  # once is enough, and more than once does no harm

        def end() -> None:
            time_up.set()
            with suppress(APIError):  # it ended by itself in this very moment
                container.kill()

        timer = threading.Timer(limit_s, end)
        timer.daemon = True
        try:
            container.start()
            timer.start()
            yield SetupContainer(client, str(container.id), time_up)
        finally:
            timer.cancel()
            _remove(container)
            _under_way.discard(str(container.id))


_under_way: set[str] = set()
"""Setup containers of this process."""


def _remove_rest() -> None:
    """What threads still work in while the program ends: nobody would wait for them, nor want the image."""
    from docker.errors import DockerException

    with suppress(DockerException, SandboxError):
        client = connect() if _under_way else None
        for container in list(_under_way):
            _under_way.discard(container)
            if client is not None:
                with suppress(DockerException):
                    client.api.remove_container(container, force=True)


def _remove(container: "Container") -> None:
    from docker.errors import APIError

    try:
        container.remove(force=True)
    except APIError as error:
        if error.status_code not in (404, 409):  # gone, or the engine is about to remove it
            raise


@contextmanager
def _told_as_ours(image: str, time_up: threading.Event) -> Iterator[None]:
    from docker.errors import APIError
    from requests import RequestException

    try:
        yield
    except APIError as error:
        reason = "the time was up" if time_up.is_set() else str(error.explanation or error)
        raise EnvironmentFailed(f"No environment could be prepared on the image {image}: {reason}") from error
    except RequestException as error:
        what = f"The Docker engine went away while an environment was prepared on the image {image}"
        raise SandboxDied(f"{gone(what, error)} Nothing was kept; try again then.") from error


def text_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines of an output that comes in pieces; a carriage return ends a line as well, for progress bars."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).replace("\r", "\n").split("\n")
        yield from (line for line in lines if line.strip())
    if rest := (rest + decoder.decode(b"", final=True)).strip():
        yield rest


def _told(what: str, command: str, last: Iterable[str]) -> str:
    return f"`{command}` {what}. Its last lines:\n" + "\n".join(last)
