"""The pytest of an image, so that it is its words that the lessons have."""

import hashlib
import io
import sys
import tarfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evals.cache import cache_folder, made_once

if TYPE_CHECKING:
    from docker import DockerClient

PACKAGES = ("_pytest", "pytest", "pluggy", "iniconfig", "packaging", "attr")


def use_the_images_pytest(image: str = "") -> Path:
    """`use_pytest_of` `image`, or of the base image, which is made where it is not there."""
    from sandbox.images.base_image import ensure_base_image
    from sandbox.images.engine import connect

    client = connect()
    return use_pytest_of(client, image or ensure_base_image(client))


def use_pytest_of(client: "DockerClient", image: str) -> Path:
    """Import pytest from now on as `image` has it. Returns the folder with the copy, kept in the cache."""
    key = hashlib.sha256(image_id(client, image).encode()).hexdigest()[:16]
    folder = made_once(cache_folder("lessons") / f"pytest-{key}", partial(_copy_out, client, image))
    use_pytest_in(folder)
    return folder


def use_pytest_in(folder: Path) -> None:
    """Import pytest from now on from `folder`."""
    sys.path.insert(0, str(folder))


def image_id(client: "DockerClient", image: str) -> str:
    return str(client.images.get(image).id)


def _copy_out(client: "DockerClient", image: str, folder: Path) -> None:
    where = "import os, pytest; print(os.path.dirname(os.path.dirname(pytest.__file__)))"
    container = client.containers.create(image, ["python3", "-c", where], network_mode="none")
    try:
        container.start()
        container.wait()
        place = container.logs(stderr=False).decode().strip()
        for package in PACKAGES:
            stream, _ = container.get_archive(f"{place}/{package}")
            with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
                archive.extractall(folder, filter="data")
    finally:
        container.remove(force=True)
