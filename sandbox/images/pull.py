"""Pull an image, giving up early where no registry answers."""

from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

from sandbox.images.engine import request_timeout
from sandbox.progress import Progress, Report

if TYPE_CHECKING:
    from docker import DockerClient

SILENCE_S = 20
"""A registry that answers makes the engine say something more often than this."""


class PullFailed(Exception):
    """The image could not be pulled; says which and why."""


class _Detail(TypedDict):
    current: NotRequired[int]
    total: NotRequired[int]


class _Line(TypedDict):
    """One line of the engine's answer to POST /images/create."""

    id: NotRequired[str]
    status: NotRequired[str]
    progressDetail: NotRequired[_Detail]
    error: NotRequired[str]


def pull(client: "DockerClient", name: str, report: Report) -> None:
    """Bring image `name` ("latest" if it has no tag) to the engine. Raises PullFailed."""
    from docker.errors import DockerException
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    repository, tag = split_name(name)
    report(Progress("base image", f"pulling {name}"))
    layers: dict[str, tuple[int, int]] = {}
    try:
        with request_timeout(client, SILENCE_S):
            for line in client.api.pull(repository, tag=tag, stream=True, decode=True):
                _read(cast(_Line, line), name, layers, report)
    except (DockerException, RequestException, HTTPError) as error:
        raise PullFailed(
            f"The image {name} is not on this engine and could not be pulled: {_words(error)}"
        ) from error


def split_name(name: str) -> tuple[str, str]:
    """Repository and tag of an image name, or repository and digest: "a/b:1" is ("a/b", "1")."""
    if "@" in name:
        repository, _, digest = name.partition("@")
        return repository, digest
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, "latest"
    return repository, tag


def _read(line: _Line, name: str, layers: dict[str, tuple[int, int]], report: Report) -> None:
    if failure := line.get("error"):
        raise PullFailed(f"The image {name} is not on this engine and could not be pulled: {failure}")
    detail = line.get("progressDetail", {})
    if line.get("status") != "Downloading" or "total" not in detail:
        return
    layers[line.get("id", "")] = (detail.get("current", 0), detail["total"])
    done, total = (sum(column) for column in zip(*layers.values(), strict=True))
    report(Progress("base image", f"pulling {name}", done, total))


def _words(error: Exception) -> str:
    """The engine's own explanation, without the request around it."""
    return str(getattr(error, "explanation", None) or error)
