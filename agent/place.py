"""Where a session works: a snapshot of the repository, an image that it runs in, and as many sandboxes of both as
are wanted. Kept as one file in the session's folder, so that a resumed session works in the same place."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from pydantic import ValidationError

from agent.config.settings import SandboxSettings
from agent.errors import SessionError
from model_runtime.messages import Frozen
from sandbox.base import Sandbox
from sandbox.container.leftovers import sweep
from sandbox.container.options import DockerOptions, agent_gid, agent_uid
from sandbox.docker import DockerSandbox
from sandbox.gate.gate import Gate
from sandbox.images.base_image import is_present
from sandbox.images.engine import connect, ensure_engine
from sandbox.images.environment import Environment, find_environment
from sandbox.images.environments.base import SandboxSettings as EnvironmentSettings
from sandbox.images.image import PreparedImage, prepare_base, prepare_image
from sandbox.local import LocalSandbox
from sandbox.local_leftovers import new_root, sweep_folders
from sandbox.progress import Progress, Report
from sandbox.workspace.snapshot import Snapshot, take_snapshot

FILE = "place.json"
ARCHIVE = "workspace.tar"


class Place(Frozen):
    """`why` says in a line how the environment was found, `notes` what of it is not honoured. `test_command` is ""
    if nobody knows how the tests are run. `variables` are set for every command."""

    backend: Literal["docker", "local"]
    snapshot: Snapshot
    image: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    test_command: str = ""
    why: str = ""
    notes: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """The sandbox in one line, for the screen and the log."""
        return self.about_with(None)

    def about_with(self, gate: Gate | None) -> str:
        if self.backend == "local":
            return "local, NO ISOLATION"
        return f"docker, {self.image}, {f'network to {gate.allow} alone' if gate is not None else 'no network'}"

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(self.model_dump_json(indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The place of the session in `folder`. Raises SessionError if it can no longer be worked in."""
        try:
            place = cls.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise SessionError(f"{folder / FILE} cannot be read, so the session cannot go on: {error}") from error
        archive = folder / ARCHIVE
        if not archive.is_file():
            raise SessionError(
                f"Session {folder.name} has come to its end: its copy of the repository was removed. "
                f"Start a new one; `mimosa sessions show {folder.name}` tells what it did."
            )
        # A forked or moved session folder brings its own copy.
        return place.model_copy(update={"snapshot": replace(place.snapshot, archive=archive)})

    def new_sandbox(self, settings: SandboxSettings, gate: Gate | None = None) -> Sandbox:
        """A sandbox of this place, not started yet; `gate` is its way out, which one in Docker alone can have."""
        if self.backend == "local":
            return LocalSandbox(new_root(), self.snapshot, file_mb=settings.max_file_mb)
        options = DockerOptions(
            image=self.image,
            memory_mb=settings.memory_mb,
            cpus=settings.cpus,
            pids=settings.pids,
            file_mb=settings.max_file_mb,
            runtime=settings.runtime,
            environment=dict(self.variables),
        )
        return DockerSandbox(options, self.snapshot, gate)


def remove_leftovers(place: Place) -> None:
    """Remove the containers or folders of Mimosas that were killed; it blocks."""
    if place.backend == "docker":
        sweep(connect())
    else:
        sweep_folders()


def prepare_place(repository: Path, settings: SandboxSettings, folder: Path, report: Report) -> Place:
    """Copy the repository into `folder` and see to an image for it; it blocks, for minutes where an image has to
    be made. Raises SandboxError: RepositoryError, EngineUnavailable, EnvironmentFailed."""
    local = settings.backend == "local"
    uid, gid = (os.geteuid(), os.getegid()) if local else (agent_uid(), agent_gid())
    report(Progress("workspace", f"copying {repository}"))
    snapshot = take_snapshot(
        repository,
        folder / ARCHIVE,
        uid=uid,
        gid=gid,
        history=settings.history,
        max_file_mb=settings.max_copy_mb,
    )
    environment = _environment(snapshot, settings)
    image = PreparedImage("") if local else _image(environment, snapshot, uid, gid, report)
    place = Place(
        backend=settings.backend,
        snapshot=snapshot,
        image=image.name,
        variables=image.variables,
        test_command=environment.test_command or "",
        why=environment.why,
        notes=environment.notes,
    )
    place.save(folder)
    return place


def restore_place(place: Place, settings: SandboxSettings, folder: Path, report: Report) -> Place:
    """The place of a session that goes on, ready for new sandboxes: the engine is started if it does not run, and
    an image that it no longer has is made again. Blocks, and raises as `prepare_place` does."""
    if place.backend == "local" or is_present(ensure_engine(report), place.image):
        return place
    image = _image(_environment(place.snapshot, settings), place.snapshot, agent_uid(), agent_gid(), report)
    restored = place.model_copy(update={"image": image.name, "variables": image.variables})
    restored.save(folder)
    return restored


def _environment(snapshot: Snapshot, settings: SandboxSettings) -> Environment:
    return find_environment(
        snapshot.root,
        EnvironmentSettings(settings.image, settings.dockerfile, settings.setup, settings.test),
    )


def _image(environment: Environment, snapshot: Snapshot, uid: int, gid: int, report: Report) -> PreparedImage:
    client = ensure_engine(report)
    base = prepare_base(client, environment, snapshot.archive, report)
    return prepare_image(client, environment, base, snapshot.archive, uid=uid, gid=gid, report=report)
