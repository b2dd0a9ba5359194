"""The image that an instance is graded in: its own where the engine has or gets it, else built here."""

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Lock
from typing import TYPE_CHECKING

from evals.errors import EvalError
from evals.images import interpreters
from evals.images.layers import Layer, ensure_layer, image_id, image_variables, put_text
from evals.images.recipe import VENV, WHEELHOUSE, Recipe, find_recipe
from evals.instances.base import Instance
from evals.past.seal import seal
from evals.past.sources import Sources
from sandbox.images.base_image import SEARCH_PATH, ensure_base_image, is_present
from sandbox.images.build import build_image
from sandbox.images.environments.base import Build
from sandbox.images.pull import PullFailed, pull
from sandbox.images.setup_container import SetupContainer
from sandbox.progress import Report, silent
from sandbox.workspace.hostgit import GitFailed, HostGit
from sandbox.workspace.snapshot import take_snapshot

if TYPE_CHECKING:
    from docker import DockerClient

TESTBED = "/testbed"
TRUST_EVERY_REPOSITORY = "git config --system --replace-all safe.directory '*'"


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
        self._building = Lock()
        self._no_registry = False

    def ensure(self, instance: Instance) -> EvalImage:
        """The image of `instance`; blocks, for minutes where it is built. Raises EvalError, EvalInfrastructure,
        and SandboxError from the engine."""
        if instance.image and self._is_there(instance.image):
            return self._own(instance)
        with self._building:
            return self._build(instance)

    def is_ready(self, instance: Instance) -> bool:
        """Whether the row's own image is on the engine."""
        return bool(instance.image) and is_present(self.client, instance.image)

    def _is_there(self, name: str) -> bool:
        if is_present(self.client, name):
            return True
        if self._no_registry:
            return False
        try:
            pull(self.client, name, self._report)
        except PullFailed:
            # Asked once a run: where no registry answers, it answers for none of the rows.
            self._no_registry = True
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

    def _build(self, instance: Instance) -> EvalImage:
        source = self.sources.find(instance)
        with TemporaryDirectory(prefix="mimosa-eval-") as scratch:
            tree = seal(source, instance.base_commit, Path(scratch) / "testbed", history=1)
            _tag_version(source, instance.base_commit, tree)
            recipe = find_recipe(instance, tree, source)
            parent = self._environment(recipe, tree, Path(scratch))
            name = self._instance(instance, recipe, parent, tree)
        return EvalImage(name, image_id(self.client, name), test_command=recipe.test_command)

    def _environment(self, recipe: Recipe, tree: Path, scratch: Path) -> str:
        """What instances with the same needs share: interpreter and packages."""
        if isinstance(recipe.base, Build):
            snapshot = take_snapshot(tree, scratch / "context.tar", uid=0, gid=0, history=1)
            base = build_image(self.client, recipe.base, snapshot.archive, self._report)
        else:
            base = ensure_base_image(self.client, recipe.base, self._report)
        commands = (*_python_commands(recipe), *recipe.environment)
        if not commands and self._wheelhouse is None:
            return base

        def fill(container: SetupContainer) -> None:
            if recipe.python:
                container.put(interpreters.archive(recipe.python))
            for path, text in recipe.files:
                put_text(container, path, text)
            if self._wheelhouse is not None:
                _put_folder(container, self._wheelhouse, WHEELHOUSE)

        layer = Layer(
            what=recipe.why,
            commands=commands,
            key=(recipe.python, repr(recipe.files), str(self._wheelhouse)),
            only_now=self._offline(),
            fill=fill,
        )
        return ensure_layer(self.client, base, layer, self._report, kind="env")

    def _instance(self, instance: Instance, recipe: Recipe, parent: str, tree: Path) -> str:
        variables = dict(recipe.variables)
        if recipe.path:
            before = image_variables(self.client, parent).get("PATH", SEARCH_PATH)
            variables["PATH"] = ":".join((*recipe.path, before))
        keep_wheels = (f"python -m pip download -q -d {WHEELHOUSE} {' '.join(map(_quoted, recipe.offline))}",)
        layer = Layer(
            what=instance.instance_id,
            commands=(TRUST_EVERY_REPOSITORY, *recipe.setup, *(keep_wheels if recipe.offline else ())),
            key=(HostGit(tree).ask("rev-parse", "HEAD"), HostGit(tree).ask("tag")),
            folder=TESTBED,
            variables=variables,
            only_now=self._offline(),
            # Rows install the project again before its tests, and there is no network then.
            afterwards={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELHOUSE} if recipe.offline else {},
            fill=lambda container: _put_folder(container, tree, TESTBED),
        )
        return ensure_layer(self.client, parent, layer, self._report, kind="row")

    def _offline(self) -> Mapping[str, str]:
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELHOUSE} if self._wheelhouse is not None else {}


def _python_commands(recipe: Recipe) -> tuple[str, ...]:
    return (interpreters.install_command(recipe.python, VENV),) if recipe.python else ()


def _quoted(requirement: str) -> str:
    return f"'{requirement}'"


def _tag_version(source: Path, commit: str, tree: Path) -> None:
    """Name the base commit after the newest version before it: projects ask git what they are called."""
    words = ("describe", "--tags", "--abbrev=0", "--match=*[0-9]*", commit)
    try:
        tag = HostGit(source).run(*words).decode().strip()
    except GitFailed:
        return  # it has no tags
    HostGit(tree).run("update-ref", f"refs/tags/{tag}", "HEAD")


def _put_folder(container: SetupContainer, folder: Path, target: str) -> None:
    if not folder.is_dir():
        raise EvalError(f"{folder} is no folder.")
    with TemporaryFile() as buffer:
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.add(folder, target.lstrip("/"), filter=_as_root)
        buffer.seek(0)
        container.put(buffer)


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
