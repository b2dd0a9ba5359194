"""A run of Mimosa's on the instances of `eval_shape`, as a process of its own; prints what it took.

    mimosa_batch.py IMAGE REPOSITORY COMMIT FOLDER INSTANCES WORKERS

Everything is what `mimosa eval run --no-grade` does, but for the model, whose replies are a script.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from eval_shape import commands, instance_id

from agent.config import load_settings
from evals.instances.base import Instance
from evals.models import open as models
from evals.models.gold import calling, finish
from evals.models.scripted import Script, said
from evals.running.begin import new_run
from evals.running.capacity import Fixed
from evals.running.kit import Kit
from evals.running.launch import Launch
from evals.running.local import LocalExecutor
from evals.running.parts import standard_parts
from evals.running.reading import read_run
from evals.running.records import AttemptEnded
from evals.running.request import RunRequest
from evals.running.watcher import Nobody
from model_runtime.messages import AssistantMessage, Message

NAME = "bench"


def script_of(instance: Instance) -> Script:
    steps = commands(int(instance.instance_id.rpartition("-")[2]))

    def script(history: Sequence[Message]) -> AssistantMessage:
        number = said(history)
        return calling("bash", number, command=steps[number]) if number < len(steps) else finish(number, "done")

    return script


def rows(image: str, repository: str, commit: str, number: int) -> list[Instance]:
    return [
        Instance(
            instance_id=instance_id(index),
            repo=repository,
            base_commit=commit,
            problem_statement="Set the answer.",
            patch="",
            test_patch="",
            FAIL_TO_PASS=(),
            image=image,
        )
        for index in range(number)
    ]


def main(image: str, repository: str, commit: str, folder: Path, number: int, workers: int) -> None:
    models.SCRIPTS[NAME] = script_of
    instances = rows(image, repository, commit, number)
    request = RunRequest(dataset=NAME, grade=False)
    run = new_run(folder, folder / "run", request, instances)
    parts = standard_parts(request)
    kit = Kit(load_settings(None, {}, {"model.name": NAME}), parts.new_preparer, parts.new_grader)
    executor = LocalExecutor(kit, run.prepared, Fixed(workers))
    began = time.perf_counter()
    asyncio.run(Launch(run, request, instances, executor, Nobody()).go())
    seconds = time.perf_counter() - began
    ends = [line.event for line in read_run(run).lines if isinstance(line.event, AttemptEnded)]
    overhead = [(end.cost.seconds - end.cost.tool_seconds) / end.cost.steps for end in ends if end.cost.steps]
    whole = sum("ANSWER" in (run.path / end.patch).read_text() for end in ends if end.patch)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "patches": whole, "overhead_s": overhead, "memory": memory}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))
