"""The image that sandboxes start from: the one named, else one made before, else pulled, else made here.

`python -m sandbox.images.base_image` sees to the default one and prints its name; it is what `make` calls.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sandbox.errors import EnvironmentFailed, SandboxError
from sandbox.images import debootstrap
from sandbox.images.mirror import Mirror, find_mirror, own_release
from sandbox.images.pull import PullFailed, pull
from sandbox.progress import Report, silent

if TYPE_CHECKING:
    from docker import DockerClient

PUBLIC_DEFAULT = "python:3.12-bookworm"
"""Pulled where a registry answers: Python, git, a C compiler and the usual shell tools are in it."""

PACKAGES = (
    *("python3", "python3-venv", "python3-pip", "python3-pytest", "python-is-python3"),
    *("git", "gcc", "libc6-dev", "make", "patch"),
    *("ca-certificates", "curl", "procps", "ripgrep", "less", "file", "xz-utils", "unzip"),
)
RECIPE = 1
"""Counts changes in how the image is made that the package list does not show."""

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
REPOSITORY = "mimosa-base"


def made_name(suite: str) -> str:
    """The name of the image made from release `suite`: what is in it, and a hash of the whole recipe."""
    recipe = json.dumps([RECIPE, suite, PACKAGES, debootstrap.SURPLUS])
    return f"{REPOSITORY}:{suite}-python3-git-gcc-{hashlib.sha256(recipe.encode()).hexdigest()[:8]}"


def ensure_base_image(
    client: "DockerClient", name: str | None = None, report: Report = silent, mirror: Mirror | None = None
) -> str:
    """The name of an image that is on this engine: `name`, or the default one, pulled or made if it must be.

    `mirror` is where packages come from, None for what this machine's apt uses. Raises EnvironmentFailed.
    """
    if name is not None:
        return _named(client, name, report)
    suite = mirror.suite if mirror else own_release()[1]
    for ready in (made_name(suite), PUBLIC_DEFAULT):
        if is_present(client, ready):
            return ready
    try:
        pull(client, PUBLIC_DEFAULT, report)
    except PullFailed as not_pulled:
        try:
            return make_base_image(client, report, mirror)
        except EnvironmentFailed as not_made:
            raise EnvironmentFailed(f"{not_pulled}\n{not_made}") from not_made
    return PUBLIC_DEFAULT


def is_present(client: "DockerClient", name: str) -> bool:
    """Whether the engine has an image of that name or id."""
    from docker.errors import ImageNotFound

    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    return True


def is_made(client: "DockerClient", name: str) -> bool:
    """As `is_present`, for an image that Mimosa made: tags it anew, by which the engine remembers its last use."""
    if not is_present(client, name):
        return False
    client.images.get(name).tag(name)
    return True


def make_base_image(client: "DockerClient", report: Report = silent, mirror: Mirror | None = None) -> str:
    """Make the default image from the distribution's packages; returns its name. It is there whole or not at all.

    Takes about a minute, and 700 MB under /var/tmp meanwhile. Raises EnvironmentFailed.
    """
    mirror = mirror or find_mirror()
    if problem := _why_not_made(mirror):
        raise EnvironmentFailed(problem)
    assert mirror is not None
    name = made_name(mirror.suite)
    with debootstrap.root_tree(mirror, PACKAGES, report) as tree:
        _import(client, debootstrap.tar_stream(tree, report), name)
    return name


def _named(client: "DockerClient", name: str, report: Report) -> str:
    if is_present(client, name):
        return name
    try:
        pull(client, name, report)
    except PullFailed as error:
        raise EnvironmentFailed(
            f"{error}\nLoad the image with `docker load`, or name one that is there: `docker images` lists them."
        ) from error
    return name


def _why_not_made(mirror: Mirror | None) -> str | None:
    """Why no image can be made on this machine and what to do about it; None if one can."""
    otherwise = "or name an image that is on the engine as `image` under [sandbox] in .mimosa/config.toml."
    if mirror is None:
        return (
            f"No base image can be made here, as apt names no mirror of this release. Load an image, {otherwise}"
        )
    if os.geteuid() != 0:
        return (
            "A base image can be made from the distribution's packages by root alone: run "
            f"`sudo {sys.executable} -m sandbox.images.base_image` once, {otherwise}"
        )
    if shutil.which("debootstrap") is None and shutil.which("apt-get") is None:
        return f"A base image is made with debootstrap, which is not here. Install it, {otherwise}"
    return None


def _import(client: "DockerClient", tar: Iterable[bytes], name: str) -> None:
    from docker.errors import APIError
    from requests import RequestException

    repository, _, tag = name.partition(":")
    changes = [f"ENV PATH={SEARCH_PATH}", "ENV LANG=C.UTF-8", 'CMD ["bash"]']
    try:
        answer = client.api.import_image_from_stream(tar, repository=repository, tag=tag, changes=changes)
    except (APIError, RequestException) as error:
        raise EnvironmentFailed(f"The engine did not take the base image: {error}") from error
    for line in answer.splitlines():
        if failure := json.loads(line).get("error"):
            raise EnvironmentFailed(f"The engine did not take the base image: {failure}")


def main() -> int:
    """See to the default base image and print its name; returns the exit code."""
    from rich.console import Console

    from sandbox.images.engine import ensure_engine
    from sandbox.progress import shown_on

    console = Console(stderr=True)
    try:
        with shown_on(console) as report:
            name = ensure_base_image(ensure_engine(report), report=report)
    except SandboxError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return error.exit_code
    print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
