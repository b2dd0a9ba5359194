"""Run the benchmarks: all of them and write docs/benchmarks.*, or the ones named and only print.

    python tests/benchmarks/run.py [NAME…] [--image IMAGE] [--mini PYTHON] [--update]

Nothing here passes or fails on speed: the figures and the targets are written down side by side.
"""

import argparse
import json
import sys
from pathlib import Path

import big_output
import chat_memory
import command_latency
import eval_batch
import help_start
import key_echo
import loop_overhead
import nano_speed
import sandbox_start
from machine import Machine
from options import Options
from report import to_json, to_markdown, update, write

from sandbox.images.base_image import ensure_base_image
from sandbox.images.engine import ensure_engine

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = {
    # First, for the others remove files: see there.
    "sandbox_start": sandbox_start.measure,
    "command_latency": command_latency.measure,
    "help_start": help_start.measure,
    "key_echo": key_echo.measure,
    "chat_memory": chat_memory.measure,
    "loop_overhead": loop_overhead.measure,
    "big_output": big_output.measure,
    "nano_speed": nano_speed.measure,
    "eval_batch": eval_batch.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure Mimosa and write docs/benchmarks.md and .json.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(BENCHMARKS)}")
    parser.add_argument("--image", help="image to measure in (default: the sandbox's base image)")
    parser.add_argument("--mini", type=Path, help="a Python that has mini-swe-agent, measured beside the loop")
    parser.add_argument("--update", action="store_true", help="write the ones named into docs/benchmarks.* too")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    image = ensure_base_image(ensure_engine(), given.image)
    options = Options(image=image, mini_python=given.mini)
    machine = Machine.here()
    results = []
    for name in given.names or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        results.append(BENCHMARKS[name](options))
    command = "make bench" + (" MINI=PYTHON" if given.mini else "")
    report = to_json(machine, results, command)
    if given.names:
        if given.update:
            update(ROOT / "docs", machine, results, f"run.py {' '.join(given.names)}")
        print(json.dumps(report["results"], indent=2))
        return 0
    write(ROOT / "docs", report, results)
    print(to_markdown(report, results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
