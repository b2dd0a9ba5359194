"""What many tests share: the Docker engine and the base image, once a test run."""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.images.base_image import ensure_base_image
from sandbox.images.engine import ensure_engine

if TYPE_CHECKING:
    from docker import DockerClient

PREPARATION_LIMIT_S = 900
"""On a fresh machine the first test that needs them also installs the engine and makes the base image."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for needed in ("engine", "base_image"):
        first = next((item for item in items if needed in getattr(item, "fixturenames", ())), None)
        if first is not None:
            first.add_marker(pytest.mark.timeout(PREPARATION_LIMIT_S))


@pytest.fixture(scope="session")
def engine() -> "DockerClient":
    """A client of the engine that answers; one is started where none does and that is allowed."""
    with one_at_a_time():
        return ensure_engine(print)


@pytest.fixture(scope="session")
def base_image(engine: "DockerClient") -> str:
    """The name of an image that holds Python 3, git, a C compiler and the usual shell tools."""
    with one_at_a_time():
        return ensure_base_image(engine, report=print)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Tests run in several processes: the first makes what is missing, the others find it."""
    with (Path(tempfile.gettempdir()) / "mimosa-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
