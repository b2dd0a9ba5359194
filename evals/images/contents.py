"""What lies in an image, brought out as a repository and kept in the cache."""

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from evals.cache import cache_folder
from evals.instances.folder_repository import commit_folder
from sandbox.workspace.hostgit import HostGit

if TYPE_CHECKING:
    from docker import DockerClient


def folder_as_repository(client: "DockerClient", image: str, folder: str) -> tuple[Path, str]:
    """The files in `folder` of the image as a repository of one commit, and the commit."""

    def made_new(tree: Path) -> None:
        shutil.rmtree(tree / ".git", ignore_errors=True)
        commit_folder(tree)

    kept = _kept(client, image, folder, "task", made_new)
    return kept, HostGit(kept).ask("rev-parse", "HEAD")


def repository_of(client: "DockerClient", image: str, folder: str) -> Path:
    """The git directory of the repository in `folder` of the image; empty if there is none."""
    return _kept(client, image, f"{folder}/.git", "image", lambda _tree: None)


def _kept(client: "DockerClient", image: str, folder: str, kind: str, finish: Callable[[Path], None]) -> Path:
    digest = str(client.images.get(image).id).rpartition(":")[2][:16]
    kept = cache_folder("folders") / f"{kind}-{digest}"
    if not kept.exists():
        with TemporaryDirectory(prefix="mimosa-image-", dir=kept.parent) as scratch:
            tree = Path(scratch) / folder.rpartition("/")[2]
            tree.mkdir()
            _copy_out(client, image, folder, Path(scratch))
            finish(tree)
            try:
                tree.rename(kept)
            except OSError:
                if not kept.exists():  # else another instance of this image was quicker
                    raise
    return kept


def _copy_out(client: "DockerClient", image: str, folder: str, target: Path) -> None:
    from docker.errors import NotFound

    container = client.containers.create(image, command=["true"], network_mode="none")
    try:
        chunks, _ = container.get_archive(folder)
        with TemporaryFile() as buffer:
            for chunk in chunks:
                buffer.write(chunk)
            buffer.seek(0)
            with tarfile.open(fileobj=buffer) as tar:
                tar.extractall(target, filter="data")
    except NotFound:
        return  # the image has no such folder
    finally:
        container.remove(force=True)
