"""Builds the image of a Dockerfile from the repository's snapshot, so that no ignored file reaches the engine."""

import hashlib
import io
import os
import tarfile
from collections import deque
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, NotRequired, Protocol, TypedDict, cast

from sandbox.errors import EnvironmentFailed
from sandbox.images.base_image import is_made
from sandbox.images.engine import setup_network
from sandbox.images.environments.base import Build
from sandbox.images.host_settings import PROXIES, host_settings
from sandbox.progress import Progress, Report
from sandbox.workspace.snapshot import WORKSPACE_MEMBER

if TYPE_CHECKING:
    from docker import DockerClient

PHASE = "image"
REPOSITORY = "mimosa-build"
LAST_LINES = 30
DOCKERFILE = ".mimosa.Dockerfile"
"""Where the Dockerfile lies in the context that is sent: it may come from outside the context."""


class _Line(TypedDict):
    """One line of the engine's answer to POST /build."""

    stream: NotRequired[str]
    error: NotRequired[str]


def build_image(
    client: "DockerClient", build: Build, archive: Path, report: Report, *, online: bool = True
) -> str:
    """The name of the image that `build` makes of the snapshot `archive`; built before, it is used at once.

    With `online` False its commands have no network. Raises EnvironmentFailed with the last lines.
    """
    from docker.errors import DockerException
    from requests import RequestException

    with TemporaryFile() as context:
        digest = write_context(build, archive, context)
        name = f"{REPOSITORY}:{digest[:16]}"
        if is_made(client, name):
            return name
        report(Progress(PHASE, f"building {build.dockerfile}"))
        last: deque[str] = deque(maxlen=LAST_LINES)
        try:
            lines = client.api.build(
                fileobj=context,
                custom_context=True,
                dockerfile=DOCKERFILE,
                tag=name,
                rm=True,
                forcerm=True,
                network_mode=setup_network(client) if online else "none",
                target=build.target or None,
                buildargs=dict(build.arguments) | _proxies(),
                labels={"mimosa.build": build.dockerfile},
                decode=True,
            )
            for line in lines:
                _read(cast(_Line, line), build, last, report)
        except (DockerException, RequestException) as error:
            raise EnvironmentFailed(_told(build, str(error), last)) from error
    return name


def write_context(build: Build, archive: Path, context: IO[bytes]) -> str:
    """Write what the engine gets as a tar to `context`, rewound; returns the SHA-256 of all that decides."""
    folder = WORKSPACE_MEMBER if build.context == "." else f"{WORKSPACE_MEMBER}/{build.context}"
    digest = hashlib.sha256(repr((build.arguments, build.target)).encode())
    with (
        tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as source,
        tarfile.open(fileobj=context, mode="w", encoding="utf-8", errors="surrogateescape") as tar,
    ):
        ignored = _ignored(source, folder)
        dockerfile = _file(source, f"{WORKSPACE_MEMBER}/{build.dockerfile}")
        if dockerfile is None:
            raise EnvironmentFailed(
                f"{build.dockerfile} is not among the repository's files; is it ignored by git?"
            )
        own = tarfile.TarInfo(DOCKERFILE)
        own.size = len(dockerfile)
        digest.update(dockerfile)
        tar.addfile(own, io.BytesIO(dockerfile))
        for member in source:
            name = member.name.removeprefix(f"{folder}/")
            if name == member.name or name.startswith(".git/") or name == ".git" or ignored.matches(name):
                continue
            content = source.extractfile(member) if member.isreg() else None
            data = content.read() if content else b""
            digest.update(repr((name, member.mode, member.type, member.linkname, len(data))).encode())
            digest.update(data)
            # As `docker build` does it; the engine's cache of layers looks at owners, and not at times.
            member.name, member.uid, member.gid, member.uname, member.gname = name, 0, 0, "", ""
            tar.addfile(member, io.BytesIO(data) if member.isreg() else None)
    context.seek(0)
    return digest.hexdigest()


class _Matcher(Protocol):
    def matches(self, filepath: str) -> bool: ...


def _ignored(source: tarfile.TarFile, folder: str) -> _Matcher:
    """What .dockerignore leaves out of the context."""
    from docker.utils.build import PatternMatcher

    lines = (_file(source, f"{folder}/.dockerignore") or b"").decode("utf-8", errors="replace").splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return cast(_Matcher, PatternMatcher(patterns))


def _file(source: tarfile.TarFile, name: str) -> bytes | None:
    try:
        content = source.extractfile(name)
    except KeyError:
        return None
    return content.read() if content else None


def _proxies() -> dict[str, str]:
    """The proxies, which every build may be given: the engine keeps these arguments out of the image's history."""
    return {name: value for name, value in host_settings(os.environ).variables if name in PROXIES}


def _read(line: _Line, build: Build, last: deque[str], report: Report) -> None:
    if failure := line.get("error"):
        raise EnvironmentFailed(_told(build, failure, last))
    for text in line.get("stream", "").splitlines():
        if text.strip():
            last.append(text)
            report(Progress(PHASE, f"building {build.dockerfile}", detail=text))


def _told(build: Build, failure: str, last: deque[str]) -> str:
    words = "\n".join(last)
    return f"The image of {build.dockerfile} could not be built: {failure.strip()}. Its last lines:\n{words}"
