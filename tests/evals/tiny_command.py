"""`mimosa eval run` as a process of its own, with the tiny instances' preparer and grader in it.

tiny_command.py DATASET [--model M] [--workers N] [--samples N] [--attempts K] [--output DIR] [--seconds S]
tiny_command.py --resume RUN [--workers N]
"""

import argparse
import sys
from pathlib import Path

import tiny

from evals.commands.run import RunOptions, run_eval
from evals.running.budget import RunLimits
from evals.running.request import RunRequest
from evals.running.start import Parts

PARTS = Parts(tiny.TinyPreparer, tiny.TinyGrader)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", nargs="?", default="")
    parser.add_argument("--model")
    parser.add_argument("--base-url")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--samples", type=int, default=1)
    parser.add_argument("--attempts", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--run-tokens", type=int, default=0)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--resume", default="")
    given = parser.parse_args()
    flags = {
        "sandbox.backend": "local",
        "model.name": given.model,
        "model.base_url": given.base_url,
        "limits.steps": given.steps,
    }
    request = RunRequest(
        dataset=given.dataset,
        samples=given.samples,
        tries=given.attempts,
        workers=given.workers,
        limits=RunLimits(tokens=given.run_tokens),
        flags={name: value for name, value in flags.items() if value is not None},
    )
    return run_eval(RunOptions(request, given.resume, given.output), lambda _repos: PARTS)


if __name__ == "__main__":
    sys.exit(main())
