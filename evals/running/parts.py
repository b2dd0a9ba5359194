"""What prepares and grades in a run of the command line. Both are made where they are used, on any machine."""

from functools import partial
from pathlib import Path

from agent.config.load import Loaded
from evals.errors import EvalError
from evals.grading.base import Grader
from evals.images.build import EvalImages
from evals.images.prepare import InstancePreparer
from evals.past.sources import Sources
from evals.running.base import Preparer
from evals.running.start import Parts
from sandbox.images.engine import ensure_engine


def standard_parts(repos: Path | None) -> Parts:
    """`repos` is a folder of clones, if there is one."""
    return Parts(partial(standard_preparer, repos), standard_grader)


def standard_preparer(repos: Path | None, loaded: Loaded) -> Preparer:
    """Raises EngineUnavailable."""
    settings = loaded.settings.sandbox
    sources = Sources(repos.expanduser().absolute() if repos is not None else None)
    images = None if settings.backend == "local" else EvalImages(ensure_engine(), sources)
    return InstancePreparer(sources, images, settings)


def standard_grader(_loaded: Loaded) -> Grader:
    raise EvalError("Grading is not there yet: use --no-grade.")
