"""One container for one sandbox, made so that what runs in it can do as little as possible."""

import secrets
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.container.leftovers import OWNER_LABEL, SESSION_LABEL
from sandbox.container.options import HOME, USER_HOME, WORKSPACE, DockerOptions
from sandbox.errors import EngineUnavailable, EnvironmentFailed, SandboxError
from sandbox.images.engine import gone
from sandbox.owner import this_owner

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

OWN_FOLDER = "/usr/lib/mimosa"
SHELL = f"{OWN_FOLDER}/mimosa-shell"
"""A copy of the image's bash that may be run and not be read: Linux then lets no process of the same user trace
it, read its memory or open its pipes (prctl(2), PR_SET_DUMPABLE)."""

INIT_VARIABLE = "MIMOSA_INIT"
HOSTNAME = "sandbox"
INIT = f"""umask 022
unset -v {INIT_VARIABLE}
printf '%s\\n' '127.0.0.1 localhost' '::1 localhost ip6-localhost' '127.0.1.1 {HOSTNAME}' >/etc/hosts
while IFS=: read -r _ _ id _; do [[ $id == "$1" ]] && known=1; done </etc/passwd
[[ $known ]] || echo "mimosa:x:$1:$2::{USER_HOME}:/bin/bash" >>/etc/passwd
while IFS=: read -r _ _ id _; do [[ $id == "$2" ]] && grouped=1; done </etc/group
[[ $grouped ]] || echo "mimosa:x:$2:" >>/etc/group
mkdir -p {OWN_FOLDER}
cp "$BASH" {SHELL}.new && chmod 0111 {SHELL}.new && mv {SHELL}.new {SHELL} && exec sleep infinity
"""
"""What root does in the container, without a single capability: it may write what is root's, and no more. It comes
in a variable, so that a list of processes stays short."""

PIECE = 1 << 20


@dataclass(frozen=True)
class Made:
    """A container that runs. `image_environment` is what the image sets, NAME=value."""

    container: "Container"
    image_environment: tuple[str, ...]


def make_container(client: "DockerClient", options: DockerOptions) -> Made:
    """Create and start a container; it blocks. Raises EngineUnavailable and EnvironmentFailed."""
    from docker.errors import APIError, DockerException, ImageNotFound
    from requests import RequestException

    try:
        container = _create(client, options)
    except ImageNotFound as error:
        raise EnvironmentFailed(f"the engine has no image {options.image}: build or pull it first") from error
    except APIError as error:
        raise EnvironmentFailed(f"no container could be made of {options.image}: {error.explanation}") from error
    except (DockerException, RequestException) as error:
        raise EngineUnavailable(gone("the Docker engine went away while a container was made", error)) from error
    try:
        container.start()
    except APIError as error:
        container.remove(force=True)
        raise EnvironmentFailed(f"a container of {options.image} could not be started: {_hint(error)}") from error
    except (DockerException, RequestException) as error:
        raise EngineUnavailable(
            gone("the Docker engine went away while a container was started", error)
        ) from error
    variables = container.attrs["Config"].get("Env") or ()
    return Made(container, tuple(line for line in variables if not line.startswith(f"{INIT_VARIABLE}=")))


def fill(made: Made, options: DockerOptions, archive: Path | None) -> None:
    """Make the folders that Mimosa needs in a running container, and unpack `archive` at its root; it blocks.
    Raises EngineUnavailable and SandboxError.

    In one stream, as the engine starts a program of its own for each. And not before the container runs: the
    engine would have to write all of it to the disk before it can go on.
    """
    from docker.errors import APIError, DockerException
    from requests import RequestException

    try:
        made.container.put_archive("/", _stream(options, archive))
    except APIError as error:
        raise SandboxError(f"the repository could not be copied into the sandbox: {error.explanation}") from error
    except (DockerException, RequestException) as error:
        raise EngineUnavailable(gone("the Docker engine went away while the sandbox was filled", error)) from error


def _create(client: "DockerClient", options: DockerOptions) -> "Container":
    from docker.errors import APIError

    try:
        return _create_with(client, options, options.cpus)
    except APIError as error:
        if options.cpus and "CPU" in (error.explanation or ""):  # a kernel without CPU quotas
            return _create_with(client, options, 0)
        raise


def _create_with(client: "DockerClient", options: DockerOptions, cpus: float) -> "Container":
    from docker.types import LogConfig, Ulimit

    file_bytes = options.file_mb * 1024**2
    return client.containers.create(
        options.image,
        entrypoint=["bash", "-p", "-c", f'eval "${INIT_VARIABLE}"', "mimosa", str(options.uid), str(options.gid)],
        command=[],
        environment={INIT_VARIABLE: INIT},
        user="0:0",
        hostname=HOSTNAME,
        working_dir="/",
        # Nothing but a loopback of its own. Either would do; where the engine is not even to keep account of that
        # network, it starts a container three times as fast.
        network_mode="none",
        network_disabled=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        mem_limit=f"{options.memory_mb}m",
        memswap_limit=f"{options.memory_mb}m",
        nano_cpus=int(cpus * 1e9) or None,
        pids_limit=options.pids,
        ulimits=[
            Ulimit(name="fsize", soft=file_bytes, hard=file_bytes),
            Ulimit(name="core", soft=0, hard=0),
        ],
        init=True,
        stdin_open=False,
        tty=False,
        log_config=LogConfig(type=LogConfig.types.NONE),
        healthcheck={"test": ["NONE"]},
        runtime=options.runtime or None,
        labels={SESSION_LABEL: secrets.token_hex(8), OWNER_LABEL: this_owner()},
    )


def _stream(options: DockerOptions, archive: Path | None) -> Iterator[bytes]:
    yield from _folders(options)
    if archive is None:
        yield bytes(2 * tarfile.BLOCKSIZE)  # the end of a tar file
        return
    with archive.open("rb") as data:
        while piece := data.read(PIECE):
            yield piece


def _folders(options: DockerOptions) -> Iterator[bytes]:
    """The beginning of a tar file: nobody inside could make these folders, without CAP_CHOWN."""
    for path in (WORKSPACE, HOME, f"{HOME}/out", f"{HOME}/run", f"{HOME}/state", USER_HOME):
        member = tarfile.TarInfo(path.lstrip("/"))
        member.type, member.mode, member.uid, member.gid = tarfile.DIRTYPE, 0o755, options.uid, options.gid
        member.mtime = int(time.time())
        yield member.tobuf()


def _hint(error: "object") -> str:
    words = str(getattr(error, "explanation", None) or error)
    if "executable file not found" in words or "no such file" in words:
        return f"it has no bash. Add bash, coreutils, util-linux and git to the image ({words})"
    return words
