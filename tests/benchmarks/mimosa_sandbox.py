"""A sandbox as Mimosa makes one, for the benchmarks."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from big_repository import git

from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from sandbox.workspace.snapshot import Snapshot, take_snapshot


@asynccontextmanager
async def opened(repository: Path, image: str) -> AsyncIterator[DockerSandbox]:
    """A started sandbox with a copy of `repository`, removed afterwards."""
    with tempfile.TemporaryDirectory() as place:
        options = DockerOptions(image=image)
        sandbox = DockerSandbox(options, snapshot_for(options, repository, Path(place)))
        await sandbox.start()
        try:
            yield sandbox
        finally:
            await sandbox.close()


def snapshot_for(options: DockerOptions, repository: Path, folder: Path) -> Snapshot:
    """Copy `repository` into `folder`, which is made if it is missing."""
    folder.mkdir(exist_ok=True)
    return take_snapshot(repository, folder / "workspace.tar", uid=options.uid, gid=options.gid)


def tiny_repository(folder: Path) -> Path:
    """A repository of one file, for what does not depend on its size."""
    folder.mkdir(parents=True)
    (folder / "README").write_text("One file.\n", encoding="utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-gpg-sign", "--message", "one file")
    return folder
