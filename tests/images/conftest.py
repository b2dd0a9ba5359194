"""Small real repositories, and their snapshots."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import git
import pytest
from image_helpers import DOCKERFILE, GID, UID, Make, Snapshot

from sandbox.images import build, image
from sandbox.workspace.snapshot import take_snapshot

if TYPE_CHECKING:
    from docker import DockerClient


@pytest.fixture
def tree(tmp_path: Path) -> Make:
    """Writes files into a folder and returns it."""

    def make(files: Mapping[str, str]) -> Path:
        root = tmp_path / "repository"
        root.mkdir(exist_ok=True)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return root

    return make


@pytest.fixture
def repository(tree: Make) -> Make:
    """As `tree`, committed to git."""

    def make(files: Mapping[str, str]) -> Path:
        root = tree(files)
        repo = git.Repo.init(root)
        repo.git.add(all=True)
        author = git.Actor("Test", "test@example.org")
        repo.index.commit("files", author=author, committer=author)
        return root

    return make


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Takes a repository's snapshot and returns the tar."""

    def take(root: Path) -> Path:
        return take_snapshot(root, tmp_path / "snapshot.tar", uid=UID, gid=GID).archive

    return take


@pytest.fixture
def clean_images(engine: "DockerClient") -> Iterator[None]:
    """Removes the images that a test makes."""
    yield
    ours = engine.images.list(image.REPOSITORY, filters={"label": f"mimosa.owner={UID}:{GID}"})
    built = engine.images.list(build.REPOSITORY, filters={"label": f"mimosa.build={DOCKERFILE}"})
    for found in (*ours, *built):
        engine.images.remove(found.id, force=True)
