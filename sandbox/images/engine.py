"""The Docker engine: the one that answers, or one that Mimosa starts where it may. Never stopped by Mimosa.

`python -m sandbox.images.engine` sees to an engine and says which; it is what `make` calls.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import EngineUnavailable, SandboxError
from sandbox.images.daemon import DaemonOptions, install_docker, start_daemon
from sandbox.images.silence import why_silent
from sandbox.progress import Progress, Report, silent

if TYPE_CHECKING:
    from docker import DockerClient

PING_TIMEOUT_S = 5
CALL_TIMEOUT_S = 300
"""Committing or importing a large image keeps the engine silent for minutes on a slow disk."""

DEFAULT_SOCKET = Path("/var/run/docker.sock")


def connect() -> "DockerClient":
    """A client of the engine that DOCKER_HOST, the current Docker context or the default socket names.

    Raises EngineUnavailable at once if none answers there.
    """
    import docker
    from docker.errors import DockerException
    from requests import RequestException

    try:
        client = docker.from_env(timeout=PING_TIMEOUT_S)
        client.ping()
    except (DockerException, RequestException) as error:
        where = _named_elsewhere() or str(DEFAULT_SOCKET)
        words = f"No Docker engine answers at {where}: {why_silent(error)}. {_what_to_do()}"
        raise EngineUnavailable(words) from error
    client.api.timeout = CALL_TIMEOUT_S
    return client


def ensure_engine(report: Report = silent) -> "DockerClient":
    """A client of the engine that answers; where none does, install and start one if this process is root.

    An engine that was started goes on after Mimosa ends. Raises EngineUnavailable with what to do.
    """
    try:
        return connect()
    except EngineUnavailable:
        if not may_start():
            raise
    if shutil.which("dockerd") is None:
        install_docker(report)
    started = start_daemon(DaemonOptions(DEFAULT_SOCKET), report)
    client = connect()
    report(Progress("engine", started))
    return client


@contextmanager
def request_timeout(client: "DockerClient", seconds: int) -> Iterator[None]:
    """Calls of `client` inside give up after `seconds` without a byte from the engine."""
    before = client.api.timeout
    client.api.timeout = seconds
    try:
        yield
    finally:
        client.api.timeout = before


def has_bridge(client: "DockerClient") -> bool:
    """Whether containers can have a network of their own; otherwise only the host's or none."""
    return any(network.name == "bridge" for network in client.networks.list())


def setup_network(client: "DockerClient") -> str:
    """The network mode for what needs the network while an image is made."""
    return "bridge" if has_bridge(client) else "host"


def _named_elsewhere() -> str | None:
    """The setting that names an engine other than this machine's own, if there is one."""
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        if os.environ.get(variable):
            return f"{variable}={os.environ[variable]}"
    return None


def may_start() -> bool:
    """Only as root, only where the engine's own socket is meant, and only where it can be had."""
    if sys.platform != "linux" or os.geteuid() != 0 or _named_elsewhere():
        return False
    return bool(shutil.which("dockerd") or shutil.which("apt-get"))


def gone(what: str, error: BaseException) -> str:
    """The words for an engine that does not answer any more; `what` says what it left undone."""
    todo = "Mimosa starts it again when it is needed next." if may_start() else _what_to_do()
    return f"{what}: {why_silent(error)}. {todo}"


def _what_to_do() -> str:
    if named := _named_elsewhere():
        variable = named.partition("=")[0]
        return f"Start the engine there, or unset {variable} to use this machine's own."
    if sys.platform != "linux":
        return "Install Docker Desktop (or another Docker engine), start it, and try again."
    if DEFAULT_SOCKET.exists() and not os.access(DEFAULT_SOCKET, os.R_OK | os.W_OK):
        return (
            f"This user may not open {DEFAULT_SOCKET}. "
            "Join the group docker (sudo usermod -aG docker $USER), log in again, and try again."
        )
    if shutil.which("dockerd"):
        return "Docker is installed and not running. Start it: sudo systemctl start docker"
    if shutil.which("apt-get"):
        return (
            "Docker is not installed. Install it: sudo apt-get install docker.io && "
            "sudo usermod -aG docker $USER, then log in again."
        )
    return (
        "Docker is not installed. Install your distribution's Docker engine "
        "(the package is called moby-engine, docker-ce or docker) and start its service."
    )


def main() -> int:
    """See to an engine; returns the exit code."""
    from rich.console import Console

    from sandbox.progress import shown_on

    console = Console(stderr=True)
    try:
        with shown_on(console) as report:
            client = ensure_engine(report)
    except SandboxError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return error.exit_code
    version = client.version()["Version"]
    console.print(f"Docker engine {version} answers.", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
