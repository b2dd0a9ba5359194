"""What many tests share: the Docker engine and the base image, once a test run."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from docker import DockerClient


@pytest.fixture(scope="session")
def engine() -> "DockerClient":
    """A client of the engine that answers."""
    import docker

    return docker.from_env(timeout=60)


@pytest.fixture(scope="session")
def base_image(engine: "DockerClient") -> str:
    """The name of an image that holds Python 3.11, git, a C compiler and the usual shell tools."""
    return "mimosa-base:bookworm" if engine.images.list("mimosa-base:bookworm") else pytest.fail("no base image")
