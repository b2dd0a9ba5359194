"""mini-swe-agent's own batch runner on the instances of `eval_shape`. Runs under a Python that has it, and prints
the seconds that the batch took and how many patches came out.

    PYTHON mini_batch.py IMAGE FOLDER INSTANCES WORKERS

`process_instance`, its thread pool and its progress manager are what `mini-extra swebench` runs after it has
loaded a data set from the hub, which cannot be reached everywhere. The model is its package's deterministic one.
"""

import json
import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("MSWEA_SILENT_STARTUP", "1")

import yaml
from eval_shape import TESTBED, commands, instance_id
from minisweagent.config import builtin_config_dir
from minisweagent.run.benchmarks.swebench import process_instance
from minisweagent.run.benchmarks.utils.batch_progress import RunBatchProgressManager

MODEL = "minisweagent.models.test_models.DeterministicToolcallModel"
SUBMIT = ("git diff > patch.txt", "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && cat patch.txt")


def outputs(number: int) -> list[dict[str, Any]]:
    """The model's replies."""
    replies = []
    for step, command in enumerate([*commands(number), *SUBMIT]):
        call = {"id": f"call_{step}", "type": "function"}
        call["function"] = {"name": "bash", "arguments": json.dumps({"command": command})}
        action = {"command": command, "tool_call_id": call["id"]}
        extra = {"actions": [action], "cost": 0.0, "timestamp": time.time()}
        replies.append({"role": "assistant", "content": None, "tool_calls": [call], "extra": extra})
    return replies


def main(image: str, folder: Path, instances: int, workers: int) -> None:
    logging.disable(logging.INFO)
    config = yaml.safe_load((builtin_config_dir / "benchmarks" / "swebench.yaml").read_text())
    config["environment"] |= {"cwd": TESTBED, "run_args": ["--rm", "--network", "none"]}
    progress = RunBatchProgressManager(instances, folder / "statuses.yaml")

    def solve(number: int) -> None:
        row = {"instance_id": instance_id(number), "problem_statement": "Set the answer.", "image_name": image}
        model = {
            "model_name": "deterministic",
            "model_class": MODEL,
            "outputs": outputs(number),
            "cost_per_call": 0.0,
        }
        process_instance(row, folder, config | {"model": model}, progress)

    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(solve, range(instances)))
    seconds = time.perf_counter() - began
    patches = json.loads((folder / "preds.json").read_text())
    whole = sum("ANSWER" in (patch["model_patch"] or "") for patch in patches.values())
    print(json.dumps({"seconds": seconds, "patches": whole}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
