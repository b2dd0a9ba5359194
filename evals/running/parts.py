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
from sandbox.images.engine import ensure_engine


def standard_parts(repos: Path | None) -> Parts:
    """`repos` is a folder of clones, if there is one."""
    return Parts(partial(standard_preparer, repos), partial(standard_grader, repos))


def standard_preparer(repos: Path | None, loaded: Loaded) -> Preparer:
    """Raises EngineUnavailable."""
    settings = loaded.settings.sandbox
    sources = _sources(repos)
    images = None if settings.backend == "local" else EvalImages(ensure_engine(), sources)
    return InstancePreparer(sources, images, settings)


def standard_grader(repos: Path | None, _loaded: Loaded) -> Grader:
    """Raises EngineUnavailable."""
    return DockerGrader(EvalImages(ensure_engine(), _sources(repos)))


def _sources(repos: Path | None) -> Sources:
    return Sources(repos.expanduser().absolute() if repos is not None else None)
