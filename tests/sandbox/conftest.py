"""Sandboxes for the tests of the contract: each test of `box` and `fresh` runs in a folder and in a container."""

import os
import shlex
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from sandbox.local import LocalSandbox

BACKENDS = ["local", pytest.param("docker", marks=pytest.mark.docker)]
AnySandbox = LocalSandbox | DockerSandbox


def docker_options(image: str, **changes: object) -> DockerOptions:
    """Small limits, so that reaching them is quick."""
    limits: dict[str, object] = {"memory_mb": 512, "pids": 128, "output_limit": 300 * 1024**2, **changes}
    return DockerOptions(image, **limits)  # type: ignore[arg-type]


@asynccontextmanager
async def started(sandbox: AnySandbox) -> AsyncIterator[AnySandbox]:
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.close()


def make(backend: str, image: str, folder: Path, **limits: object) -> AnySandbox:
    if backend == "docker":
        return DockerSandbox(docker_options(image, **limits))
    kept = {name: value for name, value in limits.items() if name in ("file_mb", "output_limit")}
    return LocalSandbox(folder / "a sandbox", **{"output_limit": 300 * 1024**2, **kept})  # type: ignore[arg-type]


def image_for(backend: str, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("base_image")) if backend == "docker" else ""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a short path, on a real disk."""
    path = Path(tempfile.mkdtemp(prefix="mimosa-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACKENDS)
async def shared(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[AnySandbox]:
    backend = str(request.param)
    async with started(make(backend, image_for(backend, request), folder)) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def box(shared: AnySandbox) -> AnySandbox:
    """A sandbox that other tests of the module used before: its workspace is empty, and is where commands run."""
    await shared.run(f"cd {shlex.quote(shared.workspace)} && find . -mindepth 1 -delete")
    return shared


@pytest_asyncio.fixture(loop_scope="module", params=BACKENDS)
async def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnySandbox]:
    """A sandbox of the test's own, for tests that break it."""
    backend = str(request.param)
    async with started(make(backend, image_for(backend, request), tmp_path)) as sandbox:
        yield sandbox


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def image(request: pytest.FixtureRequest, backend: str) -> str:
    return image_for(backend, request)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_container(base_image: str, folder: Path) -> AsyncIterator[AnySandbox]:
    async with started(make("docker", base_image, folder)) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="module")
async def docker_box(shared_container: AnySandbox) -> AnySandbox:
    """Like `box`, in a container only."""
    await shared_container.run("cd /workspace && find . -mindepth 1 -delete")
    return shared_container


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: it mounts a small file system")
