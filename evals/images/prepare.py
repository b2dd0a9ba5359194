"""Makes an instance ready for the agent: image, sealed repository, and the proof that it holds the past alone."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from agent.config.settings import SandboxSettings
from agent.place import ARCHIVE, Place
from evals.errors import EvalError, EvalInfrastructure
from evals.images.agent_image import ensure_agent_image
from evals.images.build import EvalImage, EvalImages
from evals.instances.base import Instance
from evals.past.once import Sealed, SealedOnce
from evals.past.proof import prove
from evals.past.seal import seal
from evals.past.sources import Sources
from evals.running.base import HistoryProof, Prepared
from sandbox.container.options import agent_gid, agent_uid
from sandbox.errors import EngineUnavailable, EnvironmentFailed, RepositoryError, SandboxDied
from sandbox.images.base_image import is_present
from sandbox.images.environment import find_environment
from sandbox.progress import Report, silent
from sandbox.workspace.snapshot import Snapshot, take_snapshot

if TYPE_CHECKING:
    from docker import DockerClient


class InstancePreparer:
    """Implements `Preparer`. `images` is None for the local backend, which runs without any isolation and is for
    tests and for repositories that one trusts."""

    def __init__(self, sources: Sources, images: EvalImages | None, settings: SandboxSettings) -> None:
        self._sources = sources
        self._images = images
        self._settings = settings
        self._sealed = SealedOnce()
        self._agent_images: dict[str, str] = {}

    def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
        try:
            return self._prepare(instance, folder, report)
        except RepositoryError as error:
            raise EvalError(f"{instance.instance_id}: {error}") from error
        except EnvironmentFailed as error:
            raise EvalInfrastructure("image", f"{instance.instance_id}: {error}") from error
        except (EngineUnavailable, SandboxDied) as error:
            raise EvalInfrastructure("engine", f"{instance.instance_id}: {error}") from error

    def _prepare(self, instance: Instance, folder: Path, report: Report) -> Prepared:
        sealed = self._sealed.have(instance, folder / ARCHIVE, lambda: self._seal(instance, folder))
        instance = instance.model_copy(update={"base_commit": sealed.commit})
        snapshot = sealed.snapshot
        place = Place(backend="local", snapshot=snapshot, test_command=sealed.test_command, why="local")
        digest = ""
        if self._images is not None:
            image = self._images.ensure(instance, report)
            digest = image.digest
            place = Place(
                backend="docker",
                snapshot=snapshot,
                image=self._agent_image(self._images.client, image, report),
                variables=tuple(image.variables.items()),
                test_command=image.test_command or sealed.test_command,
                why="built for the instance" if image.built else f"the row's own image {image.name}",
            )
        place.save(folder)
        return Prepared(instance=instance, place=place, history=sealed.history, image_digest=digest)

    def _agent_image(self, client: "DockerClient", image: EvalImage, report: Report) -> str:
        name = self._agent_images.get(image.digest)
        if name is None or not is_present(client, name):
            uid, gid = agent_uid(), agent_gid()
            name = ensure_agent_image(client, image, uid=uid, gid=gid, report=report)
            self._agent_images[image.digest] = name
        return name

    def _seal(self, instance: Instance, folder: Path) -> Sealed:
        source, commit = self._source(instance)
        snapshot, test_command = self._snapshot(source, commit, folder)
        history = prove(snapshot.archive, commit)
        _refuse_future(instance, history)
        return Sealed(commit, snapshot, test_command, history)

    def _source(self, instance: Instance) -> tuple[Path, str]:
        if self._images is not None:
            return self._images.source(instance)
        if instance.task:
            raise EvalError(f"{instance.instance_id}: a task brings its own image and needs the Docker backend.")
        return self._sources.find(instance), instance.base_commit

    def _snapshot(self, source: Path, commit: str, folder: Path) -> tuple[Snapshot, str]:
        """The archive that sandboxes are filled from, and how the project's tests are run."""
        local = self._images is None
        uid, gid = (os.geteuid(), os.getegid()) if local else (agent_uid(), agent_gid())
        (folder / ARCHIVE).unlink(missing_ok=True)  # never written over: other folders may hold the same file
        with TemporaryDirectory(prefix="mimosa-sealed-", dir=folder) as scratch:
            sealed = seal(source, commit, Path(scratch) / "repository", self._settings.history)
            snapshot = take_snapshot(
                sealed,
                folder / ARCHIVE,
                uid=uid,
                gid=gid,
                history=0,
                max_file_mb=self._settings.max_copy_mb,
            )
            return snapshot, find_environment(sealed).test_command or ""


def _refuse_future(instance: Instance, history: HistoryProof) -> None:
    """A defect of the harness, should it ever happen: nothing is worth measuring then."""
    if history.surplus or history.leaks:
        found = ", ".join((*history.surplus[:3], *history.leaks))
        raise EvalError(f"{instance.instance_id}: the agent's repository holds more than its past: {found}.")
