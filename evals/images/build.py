"""The image that an instance is graded in: its own where the engine has or gets it, else built here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING

from evals.exercises.known import language_of_instance
from evals.images.contents import folder_as_repository, repository_of
from evals.images.layers import Layer, ensure_layer, image_id, image_variables, layer_name
from evals.images.offline import told_offline
from evals.images.plan import TESTBED, Plan
from evals.images.recipe import VENV, find_recipe
from evals.images.tasks import ensure_task_image, task_image_name
from evals.images.toolchain import with_toolchain
from evals.instances.base import Instance
from evals.past.seal import seal
from evals.past.sources import Sources, has_commit
from sandbox.images.base_image import SEARCH_PATH, ensure_base_image, is_made, is_present
from sandbox.images.build import build_image
from sandbox.images.environments.base import Build
from sandbox.images.pull import PullFailed, pull
from sandbox.progress import Progress, Report, silent
from sandbox.workspace.hostgit import GitFailed, HostGit
from sandbox.workspace.snapshot import take_snapshot

if TYPE_CHECKING:
    from docker import DockerClient

ANSWERED = ("not found", "manifest unknown", "denied", "does not exist")
"""What a registry says of one image that it does not have."""


@dataclass(frozen=True)
class EvalImage:
    """`folder` holds the repository at its base commit. `digest` is the image's id. `built` is False for a row's
    own. `variables` are to be set for every command. `test_command` is "" where none is known."""

    name: str
    digest: str
    folder: str = TESTBED
    built: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)
    test_command: str = ""


class EvalImages:
    """Sees to the images of instances. Safe for use by several threads: one builds at a time."""

    def __init__(
        self,
        client: "DockerClient",
        sources: Sources,
        *,
        wheelhouse: Path | None = None,
        report: Report = silent,
    ) -> None:
        self.client = client
        self.sources = sources
        self._wheelhouse = wheelhouse
        self._report = report
        self._basing, self._building = Lock(), Lock()
        self._no_registry = False
        self._built: dict[str, EvalImage] = {}

    def ensure(self, instance: Instance, report: Report | None = None) -> EvalImage:
        """The image of `instance`; blocks, for minutes where it is built, and says so to `report`. Raises
        EvalError, EvalInfrastructure, and SandboxError from the engine."""
        report = report or self._report
        if instance.task:
            with self._turn(f"image of {instance.instance_id}", report):
                return self._task(instance, report)
        if instance.image and self._is_there(instance.image, report):
            return self._own(instance)
        known = self._built.get(instance.instance_id)
        if known is None or not is_present(self.client, known.name):
            known = self._built[instance.instance_id] = self._build(instance, report)
        return known

    def look(self, instance: Instance) -> EvalImage | None:
        """The image if it is there, None if it would have to be pulled or built. Raises as `ensure` does where it
        could not be built."""
        if instance.task:
            there = is_present(self.client, task_image_name(instance))
            return self._task(instance, self._report) if there else None
        if instance.image and is_present(self.client, instance.image):
            return self._own(instance)
        with self._plan(instance) as plan:
            name = self._base(plan, self._report)
            for kind, layer in plan.layers(name, self.client):
                name = layer_name(self.client, name, layer, kind)
                if not is_present(self.client, name):
                    return None
        return EvalImage(name, image_id(self.client, name), test_command=plan.recipe.test_command)

    def source(self, instance: Instance) -> tuple[Path, str]:
        """A repository that holds the base commit, and its id: a row names them, a task's image holds them."""
        if instance.task:
            image = self.ensure(instance)
            return folder_as_repository(self.client, image.name, image.folder)
        if at_hand := self.sources.at_hand(instance):
            return at_hand, instance.base_commit
        if instance.image and self._is_there(instance.image, self._report):
            # The agent sees but what is sealed of it: such an image may hold more history than the past.
            kept = repository_of(self.client, instance.image, TESTBED)
            if has_commit(kept, instance.base_commit):
                return kept, instance.base_commit
        return self.sources.find(instance), instance.base_commit

    def _task(self, instance: Instance, report: Report) -> EvalImage:
        name, folder = ensure_task_image(self.client, instance, report)
        return EvalImage(name, image_id(self.client, name), folder)

    def _is_there(self, name: str, report: Report) -> bool:
        if is_present(self.client, name):
            return True
        if self._no_registry:
            return False
        try:
            pull(self.client, name, report)
        except PullFailed as error:
            # Where no registry answers, it is asked once: it answers for none of the other rows.
            self._no_registry = not any(words in str(error) for words in ANSWERED)
            return False
        return True

    def _own(self, instance: Instance) -> EvalImage:
        before = image_variables(self.client, instance.image).get("PATH", SEARCH_PATH)
        active = f"{VENV}/bin:{before}"
        return EvalImage(
            name=instance.image,
            digest=image_id(self.client, instance.image),
            built=False,
            variables={"PATH": active} if "conda activate testbed" in instance.eval_script else {},
        )

    def _build(self, instance: Instance, report: Report) -> EvalImage:
        with self._plan(instance) as plan:
            with self._basing:
                name = self._base(plan, report)
            for kind, layer in plan.layers(name, self.client):
                name = self._layer(name, layer, kind, report)
        return EvalImage(name, image_id(self.client, name), test_command=plan.recipe.test_command)

    def _layer(self, parent: str, layer: Layer, kind: str, report: Report) -> str:
        """What is there does not wait until what another row needs is built."""
        name = layer_name(self.client, parent, layer, kind)
        if is_made(self.client, name):
            return name
        turn = self._turn(f"image of {layer.what}", report)  # rows that need the same layer wait for it
        with turn, told_offline(self._wheelhouse):
            return ensure_layer(self.client, parent, layer, report, kind=kind)

    @contextmanager
    def _turn(self, phase: str, report: Report) -> Iterator[None]:
        """One at a time: building keeps all processors busy as it is."""
        if not self._building.acquire(blocking=False):
            report(Progress(phase, "waiting until another image is built"))
            self._building.acquire()
        try:
            yield
        finally:
            self._building.release()

    @contextmanager
    def _plan(self, instance: Instance) -> Iterator[Plan]:
        source = self.sources.find(instance)
        with TemporaryDirectory(prefix="mimosa-eval-") as scratch:
            tree = seal(source, instance.base_commit, Path(scratch) / "testbed", history=1)
            _tag_version(source, instance.base_commit, tree)
            recipe = find_recipe(instance, tree, source)
            if language := language_of_instance(instance):
                recipe = with_toolchain(recipe, language)
            yield Plan(instance, recipe, tree, self._wheelhouse)

    def _base(self, plan: Plan, report: Report) -> str:
        if not isinstance(plan.recipe.base, Build):
            return ensure_base_image(self.client, plan.recipe.base, report)
        archive = plan.tree.with_name("context.tar")
        snapshot = take_snapshot(plan.tree, archive, uid=0, gid=0, history=1)
        with told_offline(self._wheelhouse):
            return build_image(
                self.client, plan.recipe.base, snapshot.archive, report, online=self._wheelhouse is None
            )


def _tag_version(source: Path, commit: str, tree: Path) -> None:
    """Name the base commit after the newest version before it: projects ask git what they are called."""
    words = ("describe", "--tags", "--abbrev=0", "--match=*[0-9]*", commit)
    try:
        tag = HostGit(source).run(*words).decode().strip()
    except GitFailed:
        return  # it has no tags
    HostGit(tree).run("update-ref", f"refs/tags/{tag}", "HEAD")
