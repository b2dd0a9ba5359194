"""`mimosa eval grade RUN`."""

from collections import Counter
from pathlib import Path

from agent.commands.guard import told
from agent.export.words import plural
from agent.state import state_folder
from evals.grading.grader import DockerGrader
from evals.grading.regrade import regrade
from evals.images.build import EvalImages
from evals.past.sources import Sources
from evals.running.reading import find_run
from sandbox.images.engine import ensure_engine


def run_grade(run: str, logs: bool, repos: Path | None, wheelhouse: Path | None) -> int:
    """Tell each verdict as it comes, and their sum at the end."""
    with told():
        folder = find_run(run, state_folder() / "runs")
        sources = Sources(repos.expanduser().absolute() if repos is not None else None)
        grader = None if logs else DockerGrader(EvalImages(ensure_engine(), sources, wheelhouse=wheelhouse))
        reasons: Counter[str] = Counter()
        for grade in regrade(folder, grader):
            reasons[grade.reason] += 1
            print(f"{grade.instance_id}  {grade.reason}{f'  ({grade.note})' if grade.note else ''}", flush=True)
        told_sum = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        print(f"{plural(reasons.total(), 'attempt')} graded: {told_sum or 'none has a result yet'}")
        return 0
