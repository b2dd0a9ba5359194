"""A fresh container for one verdict: no network, limits, fixed time zone, locale and hash seed."""

import io
import secrets
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from evals.errors import EvalInfrastructure
from model_runtime.messages import Frozen
from sandbox.container.leftovers import OWNER_LABEL, SESSION_LABEL
from sandbox.owner import this_owner

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

FIXED = {
    "TZ": "UTC",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PIP_RETRIES": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
"""The same for every verdict. Without a network pip would try five times, and wait in between."""

CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SYS_CHROOT")
"""Tests of the public data sets run as root, as in SWE-bench's own grader; more than this root may not."""

LOG_LIMIT = 256 * 1024**2
GRACE_S = 2.0
"""A background process of the tests may hold their output open: nobody waits for it longer."""

POLL_S = 0.1


class GradingLimits(Frozen):
    """`seconds` of wall time for everything that is run for one verdict, `memory_mb` in MiB without swap, `cpus`
    as many as may be kept busy, `pids` processes and threads."""

    seconds: float = 1800.0
    memory_mb: int = 8192
    cpus: float = 2.0
    pids: int = 4096


class GradingContainer:
    """A running container. `timed_out` says whether its time was up; everything in it has ended then."""

    def __init__(self, client: "DockerClient", container: "Container", variables: Mapping[str, str]) -> None:
        self._client = client
        self._container = container
        self._variables = {**FIXED, **variables}
        self.timed_out = False

    def put(self, path: str, data: bytes) -> None:
        """Write a file that root alone may read."""
        folder, _, name = path.rpartition("/")
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
            tar.addfile(member, io.BytesIO(data))
        self._container.put_archive(folder or "/", stream.getvalue())

    def unpack(self, folder: str, archive: bytes) -> None:
        """Unpack a tar into a folder, which is made."""
        self.run(["mkdir", "-p", folder], "/")
        self._container.put_archive(folder, archive)

    def get(self, path: str) -> bytes | None:
        """A file's bytes, None if it is not there."""
        from docker.errors import NotFound

        try:
            chunks, _ = self._container.get_archive(path)
        except NotFound:
            return None
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            member = tar.next()
            content = tar.extractfile(member) if member is not None and member.isreg() else None
            return content.read() if content is not None else None

    def run(self, words: list[str], folder: str, output: IO[bytes] | None = None) -> int | None:
        """Run a command and write what it prints, both streams in order, to `output`. Returns its exit code as the
        engine tells it, None if the time was up. Raises EvalInfrastructure if the container went away."""
        api = self._client.api
        made = api.exec_create(self._container.id, words, workdir=folder, environment=self._variables, user="0:0")
        reader = threading.Thread(target=self._read, args=(made["Id"], output or io.BytesIO()), daemon=True)
        reader.start()
        while True:
            state = api.exec_inspect(made["Id"])
            if state["ExitCode"] is not None and not state["Running"]:
                break
            if self.timed_out:
                return None
            if not reader.is_alive() and not self._runs() and not self.timed_out:
                raise EvalInfrastructure("engine", "the container was ended from outside while a patch was graded")
            reader.join(POLL_S)
        reader.join(GRACE_S)
        return None if self.timed_out else int(state["ExitCode"])

    def _read(self, exec_id: str, output: IO[bytes]) -> None:
        from docker.errors import DockerException
        from requests import RequestException

        written = 0
        # Ends with an error where the container is removed under it, which is how a verdict ends.
        with suppress(DockerException, RequestException, ValueError, OSError):
            for chunk in self._client.api.exec_start(exec_id, stream=True):
                if written < LOG_LIMIT:
                    output.write(chunk)
                written += len(chunk)

    def _runs(self) -> bool:
        self._container.reload()
        return bool(self._container.attrs["State"]["Running"])


@contextmanager
def grading_container(
    client: "DockerClient", image: str, limits: GradingLimits, variables: Mapping[str, str]
) -> Iterator[GradingContainer]:
    """A container of `image` that is killed when its time is up and removed, at once, when the context ends.

    What the engine cannot do becomes EvalInfrastructure.
    """
    from docker.errors import DockerException
    from requests import RequestException

    container: Container | None = None
    timer: threading.Timer | None = None
    try:
        container = made = _create(client, image, limits)
        running = GradingContainer(client, container, variables)

        def end() -> None:
            running.timed_out = True
            with suppress(DockerException, RequestException):
                client.api.kill(str(made.id))

        timer = threading.Timer(limits.seconds, end)
        timer.daemon = True
        container.start()
        timer.start()
        yield running
    except (DockerException, RequestException) as error:
        words = getattr(error, "explanation", None) or error
        raise EvalInfrastructure(
            "engine", f"the Docker engine failed while a patch was graded: {words}"
        ) from error
    finally:
        if timer is not None:
            timer.cancel()
        if container is not None:
            with suppress(DockerException, RequestException):
                container.remove(force=True, v=True)


def _create(client: "DockerClient", image: str, limits: GradingLimits) -> "Container":
    from docker.errors import APIError

    try:
        return _create_with(client, image, limits, limits.cpus)
    except APIError as error:
        if "CPU" in (error.explanation or ""):  # a kernel without CPU quotas
            return _create_with(client, image, limits, 0)
        raise


def _create_with(client: "DockerClient", image: str, limits: GradingLimits, cpus: float) -> "Container":
    from docker.types import LogConfig

    return client.containers.create(
        image,
        entrypoint=["sleep", str(int(limits.seconds) + 60)],
        command=[],
        user="0:0",
        network_mode="none",
        hostname="grader",
        cap_drop=["ALL"],
        cap_add=list(CAPABILITIES),
        security_opt=["no-new-privileges"],
        mem_limit=f"{limits.memory_mb}m",
        memswap_limit=f"{limits.memory_mb}m",
        nano_cpus=int(cpus * 1e9) or None,
        pids_limit=limits.pids,
        # No init beside it: the first process of a container is the one that nothing inside can kill, so a
        # container that ends before its time was ended by the engine, and never by the patch.
        init=False,
        log_config=LogConfig(type=LogConfig.types.NONE),
        healthcheck={"test": ["NONE"]},
        labels={SESSION_LABEL: secrets.token_hex(8), OWNER_LABEL: this_owner()},
    )
