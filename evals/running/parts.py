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
from evals.running.request import RunRequest
from evals.running.start import Parts
from evals.swebench import grader_module
from sandbox.container.leftovers import sweep
from sandbox.images.engine import ensure_engine
from sandbox.local_leftovers import sweep_folders


def standard_parts(request: RunRequest) -> Parts:
    """What the request's images are made from is looked for on each machine."""
    made_from = (request.repos, request.wheelhouse)
    return Parts(partial(standard_preparer, *made_from), partial(standard_grader, *made_from), can_grade)


def can_grade() -> None:
    """Raises EvalError where swebench's graders cannot be had."""
    grader_module("grading")


def standard_preparer(repos: Path | None, wheelhouse: Path | None, loaded: Loaded) -> Preparer:
    """`repos` is a folder of clones, if there is one, `wheelhouse` one of wheels. Raises EngineUnavailable."""
    settings = loaded.settings.sandbox
    sources = Sources(repos)
    if settings.backend == "local":
        sweep_folders()  # of runs that were killed
        return InstancePreparer(sources, None, settings)
    client = ensure_engine()
    sweep(client)  # containers of runs that were killed
    return InstancePreparer(sources, EvalImages(client, sources, wheelhouse=wheelhouse), settings)


def standard_grader(repos: Path | None, wheelhouse: Path | None, _loaded: Loaded) -> Grader:
    """In containers, whatever the agent's sandboxes are. Raises EngineUnavailable."""
    return DockerGrader(EvalImages(ensure_engine(), Sources(repos), wheelhouse=wheelhouse))
