"""What prepares and grades in a run of the command line. Both are made where they are used, on any machine."""

from functools import partial
from pathlib import Path

from agent.config.load import Loaded
from evals.grading.base import Grader
from evals.grading.grader import DockerGrader
from evals.images.build import EvalImages
from evals.images.prepare import InstancePreparer
from evals.past.sources import Sources
from evals.running.base import Preparer
from evals.running.start import Parts
from evals.swebench import grader_module
from sandbox.images.engine import ensure_engine


def standard_parts(repos: Path | None) -> Parts:
    """`repos` is a folder of clones, if there is one."""
    folder = repos.expanduser().absolute() if repos is not None else None
    return Parts(partial(standard_preparer, folder), partial(standard_grader, folder), can_grade)


def can_grade() -> None:
    """Raises EvalError where swebench's graders cannot be had."""
    grader_module("grading")


def standard_preparer(repos: Path | None, loaded: Loaded) -> Preparer:
    """Raises EngineUnavailable."""
    settings = loaded.settings.sandbox
    sources = Sources(repos)
    images = None if settings.backend == "local" else EvalImages(ensure_engine(), sources)
    return InstancePreparer(sources, images, settings)


def standard_grader(repos: Path | None, _loaded: Loaded) -> Grader:
    """In containers, whatever the agent's sandboxes are. Raises EngineUnavailable."""
    return DockerGrader(EvalImages(ensure_engine(), Sources(repos)))
