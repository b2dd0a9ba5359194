"""What is laid upon the base image, layer by layer, for one instance."""

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from evals.errors import EvalError
from evals.images import interpreters
from evals.images.layers import Layer, image_variables, put_text
from evals.images.recipe import VENV, WHEELHOUSE, Recipe
from evals.instances.base import Instance
from sandbox.images.base_image import SEARCH_PATH
from sandbox.images.setup_container import SetupContainer
from sandbox.workspace.hostgit import HostGit

if TYPE_CHECKING:
    from docker import DockerClient

TESTBED = "/testbed"
TRUST_EVERY_REPOSITORY = "git config --system --replace-all safe.directory '*'"
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELHOUSE}


@dataclass(frozen=True)
class Plan:
    """`tree` is the repository at the base commit; `wheelhouse` a folder of wheels to install from without any
    network, None to use the package index."""

    instance: Instance
    recipe: Recipe
    tree: Path
    wheelhouse: Path | None = None

    def layers(self, base: str, client: "DockerClient") -> Iterator[tuple[str, Layer]]:
        """Each layer with its kind: "env" is what instances with the same needs share, "row" is one's own."""
        shared = self._environment()
        if shared.commands or self.wheelhouse is not None:
            yield "env", shared
        yield "row", self._own(image_variables(client, base).get("PATH", SEARCH_PATH))

    def _environment(self) -> Layer:
        """Interpreter and packages."""
        recipe = self.recipe
        python = (interpreters.install_command(recipe.python, VENV),) if recipe.python else ()

        def fill(container: SetupContainer) -> None:
            if recipe.python:
                container.put(interpreters.archive(recipe.python))
            for path, text in recipe.files:
                put_text(container, path, text)
            if self.wheelhouse is not None:
                put_folder(container, self.wheelhouse, WHEELHOUSE)

        return Layer(
            what=recipe.why,
            commands=(*python, *recipe.environment),
            key=(recipe.python, repr(recipe.files), *self._wheels()),
            only_now=self._offline(),
            fill=fill,
            online=self.wheelhouse is None,
        )

    def _own(self, path: str) -> Layer:
        """The repository, installed in place."""
        recipe = self.recipe
        variables = dict(recipe.variables)
        if recipe.path:
            variables["PATH"] = ":".join((*recipe.path, path))
        wheels = " ".join(f"'{requirement}'" for requirement in recipe.offline)
        keep_wheels = (f"python -m pip download -q -d {WHEELHOUSE} {wheels}",) if wheels else ()
        git = HostGit(self.tree)
        return Layer(
            what=self.instance.instance_id,
            commands=(TRUST_EVERY_REPOSITORY, *recipe.setup, *keep_wheels),
            key=(git.ask("rev-parse", "HEAD"), git.ask("tag")),
            folder=TESTBED,
            variables=variables,
            only_now=self._offline(),
            # Rows install the project again before its tests, and there is no network then.
            afterwards=OFFLINE if wheels else {},
            fill=lambda container: put_folder(container, self.tree, TESTBED),
            online=self.wheelhouse is None,
        )

    def _offline(self) -> Mapping[str, str]:
        return OFFLINE if self.wheelhouse is not None else {}

    def _wheels(self) -> tuple[str, ...]:
        """The names say what is in wheels."""
        return tuple(sorted(file.name for file in self.wheelhouse.iterdir())) if self.wheelhouse else ()


def put_folder(container: SetupContainer, folder: Path, target: str) -> None:
    """Copy a folder of this machine into the container, all of it root's."""
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
