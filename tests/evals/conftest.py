"""What the tests of the harness share: one small repository, its image, and a grader that uses it."""

from typing import TYPE_CHECKING

import pytest
from eval_repositories import make_calc

from evals.grading.container import GradingLimits
from evals.grading.grader import DockerGrader
from evals.images.build import EvalImages
from evals.instances.base import Instance
from evals.past.sources import Sources

if TYPE_CHECKING:
    from docker import DockerClient

GRADING_LIMIT_S = 60.0
"""Long beside the second that the tests take, also on a busy machine."""


@pytest.fixture(scope="session")
def calc(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """An instance of a repository whose `add` subtracts."""
    return make_calc(tmp_path_factory.mktemp("calc") / "calc")[1]


@pytest.fixture(scope="session")
def eval_images(engine: "DockerClient", base_image: str) -> EvalImages:  # noqa: ARG001 - it must be there
    return EvalImages(engine, Sources(), report=print)


@pytest.fixture(scope="session")
def grader(eval_images: EvalImages) -> DockerGrader:
    return DockerGrader(eval_images, GradingLimits(seconds=GRADING_LIMIT_S))
