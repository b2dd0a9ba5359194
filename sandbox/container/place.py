"""A running container as the place of a supervisor: how one is started in it, and why none can be."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.channel.channel import BOOT, Receiver
from sandbox.channel.premises import QUIET_PROGRAMS, SYSTEM_PATH, Premises
from sandbox.container.link import DockerLink, connect_link, open_exec
from sandbox.container.made import SHELL, Made
from sandbox.container.options import HOME, USER_HOME, WORKSPACE, DockerOptions
from sandbox.errors import EnvironmentFailed, SandboxDied
from sandbox.images.engine import gone

if TYPE_CHECKING:
    from docker import DockerClient

WHEN_READY = 'until [[ -x $1 ]]; do sleep 0.01; done; exec "$1" -p -c "$2" mimosa'
"""The shell's copy is made as the container starts. No command ran yet that could interfere with this wait."""

NO_SUCH_PROGRAM = 127
"""So ends a container without bash, at times after the engine's words of that were taken for a shell's."""


class DockerPlace:
    """Starts supervisors in `made`'s container, as the unprivileged user."""

    def __init__(self, client: "DockerClient", options: DockerOptions, made: Made) -> None:
        self._client = client
        self._options = options
        self._container = made.container
        self._image_environment = made.image_environment
        self._link: DockerLink | None = None
        self._spoke = False

    async def premises(self) -> Premises:
        image = dict(line.partition("=")[::2] for line in self._image_environment)
        own = {"HOME": USER_HOME, "USER": "mimosa", "LOGNAME": "mimosa", "SHELL": "/bin/bash"}
        environment = {
            "PATH": SYSTEM_PATH,
            "LANG": "C.UTF-8",
            **QUIET_PROGRAMS,
            **image,
            **own,
            **self._options.environment,
        }
        return Premises(
            WORKSPACE, HOME, sole=True, file_mb=self._options.file_mb, path=SYSTEM_PATH, environment=environment
        )

    async def connect(self, receiver: Receiver, *, again: bool) -> DockerLink:
        self._link = await connect_link(receiver, await asyncio.to_thread(self._open, again))
        return self._link

    async def start_as_root(self, command: Sequence[str], receiver: Receiver) -> DockerLink:
        """Start a command that no other process in here can stop or look into: it has no capabilities either.
        Raises SandboxDied."""
        return await connect_link(receiver, await asyncio.to_thread(self._open_as_root, command))

    def _open(self, again: bool) -> socket.socket:
        from docker.errors import APIError

        self._spoke = self._spoke or (self._link is not None and self._link.heard)
        with _told():
            if self._spoke:  # else it was started just now, and the engine says if that has ended already
                self._see_that_it_runs()
            if again:
                # Most likely there was no room for one process more, whether or not it could still say so.
                self._container.restart(timeout=0)
            try:
                return open_exec(self._client, str(self._container.id), self._command(), self._user())
            except APIError:
                self._see_that_it_runs()  # it may have ended since
                raise

    def _open_as_root(self, command: Sequence[str]) -> socket.socket:
        with _told():
            return open_exec(self._client, str(self._container.id), command, "0:0")

    def _see_that_it_runs(self) -> None:
        self._container.reload()
        state = self._container.attrs["State"]
        if state["Running"] and not state.get("Paused"):
            return
        if state.get("Paused"):
            raise SandboxDied("the sandbox's container was paused by somebody; unpause it or start again")
        if state.get("OOMKilled"):
            raise SandboxDied(
                f"the sandbox ran out of memory (its limit is {self._options.memory_mb} MiB) and was ended; "
                "raise the limit and start again"
            )
        if not self._spoke or state.get("ExitCode") == NO_SUCH_PROGRAM:
            raise EnvironmentFailed(
                f"{self._options.image} cannot hold a sandbox: its first shell ended with exit code "
                f"{state.get('ExitCode')}. Add bash, coreutils, util-linux and git to the image"
            )
        raise SandboxDied(f"the sandbox's container was ended from outside (exit code {state.get('ExitCode')})")

    def _command(self) -> list[str]:
        if not self._spoke:
            return ["bash", "-p", "-c", WHEN_READY, "mimosa", SHELL, BOOT]
        return [SHELL, "-p", "-c", BOOT, "mimosa"]

    def _user(self) -> str:
        return f"{self._options.uid}:{self._options.gid}"


@contextmanager
def _told() -> Iterator[None]:
    """Say in SandboxDied what the engine's errors mean for a sandbox."""
    from docker.errors import APIError, DockerException, NotFound
    from requests import RequestException

    try:
        yield
    except NotFound as error:
        raise SandboxDied("the sandbox's container was removed") from error
    except APIError as error:
        raise SandboxDied(f"no shell could be started in the sandbox: {error.explanation}") from error
    except (DockerException, RequestException) as error:
        raise SandboxDied(gone("the Docker engine does not answer any more", error)) from error
