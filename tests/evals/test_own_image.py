"""A row's own image: its environment is used, its repository is sealed, and the future in it is not seen."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import git
import pytest
from eval_repositories import make_calc

from agent.config.settings import SandboxSettings
from evals.grading.grader import DockerGrader
from evals.grading.scripts import eval_script
from evals.images.build import EvalImages
from evals.images.prepare import InstancePreparer
from evals.instances.base import Instance
from evals.past.sources import Sources

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

IMAGE = f"mimosa-test/own-image:{os.getpid()}"
DOCKERFILE = "FROM {base}\nCOPY calc /testbed\nRUN git config --system --add safe.directory '*'\n"


@pytest.fixture
def row(engine: "DockerClient", base_image: str, tmp_path: Path) -> Iterator[Instance]:
    """As the public images have it: a clone at the base commit whose store holds the fix as well."""
    context = tmp_path / "context"
    _, instance = make_calc(context / "calc")
    git.Repo(context / "calc").git.checkout(instance.base_commit)
    (context / "Dockerfile").write_text(DOCKERFILE.format(base=base_image))
    engine.images.build(path=str(context), tag=IMAGE, rm=True, network_mode="none")
    shutil.rmtree(context)
    script = eval_script(instance, "python3 -m pytest", "/testbed")
    yield instance.model_copy(update={"repo": "acme/calc", "image": IMAGE, "eval_script": script})
    engine.images.remove(IMAGE, force=True)


def test_it_is_prepared_and_graded_without_a_clone(
    eval_images: EvalImages, grader: DockerGrader, row: Instance, tmp_path: Path
) -> None:
    (tmp_path / "attempt").mkdir()

    prepared = InstancePreparer(Sources(), eval_images, SandboxSettings()).prepare(row, tmp_path / "attempt")
    grade = grader.grade(row, row.patch.encode(), tmp_path / "graded")

    assert (prepared.history.commits, prepared.history.surplus, prepared.history.leaks) == (2, (), ())
    assert prepared.place.why == f"the row's own image {IMAGE}"
    assert grade.resolved and grade.image == prepared.image_digest


def test_the_agents_image_has_no_history_of_its_own(
    eval_images: EvalImages, row: Instance, tmp_path: Path
) -> None:
    prepared = InstancePreparer(Sources(), eval_images, SandboxSettings()).prepare(row, tmp_path)
    search = "find / -xdev -name '*.git' -not -path '/proc/*' 2>/dev/null; ls -A /workspace; readlink /testbed"
    command = ["docker", "run", "--rm", "--network", "none", prepared.place.image, "bash", "-c", search]

    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert found == "/workspace\n"
