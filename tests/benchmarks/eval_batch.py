"""How many instances an hour a run gets through, with a model that answers at once; mini-swe-agent's batch runner
beside it, on the same instances and the same processors. Nothing is graded on either side."""

import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import eval_shape
from eval_shape import INSTANCES
from options import Options
from result import Figure, Result, Target

from sandbox.images.engine import ensure_engine

ROUNDS = 3
WORKERS = 4
"""Of either side: twice the processors of the machine that the figures are from."""
MANY = 12


def measure(options: Options) -> Result:
    with tempfile.TemporaryDirectory() as place:
        repository = Path(place) / "repository"
        commit = eval_shape.make(repository)
        image = make_image(options.image, repository)
        side = Side(image, repository, commit, Path(place))
        two = side.ours(4, 2)  # makes what is made once for an image
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(side.ours(INSTANCES, WORKERS))
            if options.mini_python:
                theirs.append(side.theirs(options.mini_python, INSTANCES, WORKERS))
        alone, many = side.ours(4, 1), side.ours(2 * MANY, MANY)
    return result(ours, theirs, {1: alone, 2: two, WORKERS: ours[-1], MANY: many})


class Side:
    """Runs one batch after the other, each in a process and a folder of its own."""

    def __init__(self, image: str, repository: Path, commit: str, place: Path) -> None:
        self._image = image
        self._repository = repository
        self._commit = commit
        self._place = place
        self._count = 0

    def ours(self, instances: int, workers: int) -> dict[str, Any]:
        words = [self._image, self._repository, self._commit, self._folder(), instances, workers]
        return self._run(sys.executable, "mimosa_batch.py", words, instances)

    def theirs(self, python: Path, instances: int, workers: int) -> dict[str, Any]:
        return self._run(
            str(python), "mini_batch.py", [self._image, self._folder(), instances, workers], instances
        )

    def _folder(self) -> Path:
        self._count += 1
        folder = self._place / f"batch-{self._count}"
        folder.mkdir()
        return folder

    def _run(self, python: str, script: str, words: list[object], instances: int) -> dict[str, Any]:
        """Raises RuntimeError if it fails, or if a patch is missing."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [python, str(Path(__file__).with_name(script)), *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{script} failed:\n{done.stderr[-2000:]}")
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        if told["patches"] != instances:
            raise RuntimeError(f"{script}: {told['patches']} patches of {instances} instances")
        return told


def make_image(base: str, repository: Path) -> str:
    """`base` with the repository in it, where mini-swe-agent looks for it."""
    name = "mimosa-bench-eval:latest"
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        archive.add(repository, "repository")
        text = f"FROM {base}\nCOPY repository {eval_shape.TESTBED}\nRUN touch /root/.bashrc\n".encode()
        member = tarfile.TarInfo("Dockerfile")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    context.seek(0)
    ensure_engine().images.build(fileobj=context, custom_context=True, tag=name, rm=True)
    return name


def an_hour(batch: dict[str, Any]) -> float:
    return INSTANCES * 3600 / float(batch["seconds"])


def result(
    ours: list[dict[str, Any]], theirs: list[dict[str, Any]], by_workers: dict[int, dict[str, Any]]
) -> Result:
    alone, many = by_workers[1], by_workers[MANY]
    rate = statistics.median(map(an_hour, ours))
    overhead = statistics.median(alone["overhead_s"]) * 1000
    worker = (many["memory"] - alone["memory"]) / (MANY - 1) / 1e6
    figures = [
        Figure("instances an hour", rate, "", ROUNDS),
        Figure("overhead a step, one worker", overhead, "ms", len(alone["overhead_s"])),
        Figure("memory an extra worker", worker, "MB", 1),
        *(
            Figure(f"memory with {count} worker{'s' * (count > 1)}", batch["memory"] / 1e6, "MB", 1)
            for count, batch in by_workers.items()
        ),
    ]
    targets = [Target("under 15 ms a step", overhead < 15), Target("under 40 MB a worker", worker < 40)]
    if theirs:
        mini = statistics.median(map(an_hour, theirs))
        figures[1:1] = [
            Figure("mini-swe-agent, instances an hour", mini, "", ROUNDS),
            Figure("ratio", rate / mini, "times", ROUNDS),
        ]
        targets.insert(0, Target("twice as many as mini-swe-agent", rate / mini >= 2))
    steps = len(eval_shape.commands(0))
    return Result(
        benchmark="instances an hour",
        what=f"{INSTANCES} instances of one repository with {eval_shape.FILES} files, each of {steps} shell "
        f"commands, with {WORKERS} workers; all of a run but the start of its process: repository sealed, proved "
        "and copied in, container made and removed, session logged, checkpoints, journal; no grading. "
        "mini-swe-agent's batch runner with its own deterministic model does the same in an image that holds the "
        "repository. The two alternate. The overhead is what is left of an attempt's time without the commands' "
        f"own, over its steps; the memory is the difference of the highest resident sizes with {MANY} workers and "
        f"with one, over {MANY - 1}. Medians.",
        figures=tuple(figures),
        targets=tuple(targets),
    )
