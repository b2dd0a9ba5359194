"""Serves the tiny checkpoint on this machine's GPU, asks the doctor, measures, stops, and writes a page of it.

    python tests/real_sglang/gpu_run.py [--python FILE] [--out FILE] [--sessions N]… [--steps N] [--cpu]

Ends with 0 if a session would work, 1 if something failed, 75 if there is no GPU or no SGLang. --cpu rehearses it
where there is none, on the CPU with the bridge; its page says so.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cpu_server import ON_A_CPU
from environment import CPU, GPU, CannotMake
from gpu_here import CANNOT, NoGpu, first_gpu, tell
from gpu_page import Measured, page
from served_machine import Ground, ServedMachine, free_port

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

from tiny_checkpoint import make_tiny  # noqa: E402 - what it shares with the fast tests is found through the line above

HOME = ROOT / "build" / "test-gpu"
PAGE = ROOT / "docs" / "benchmarks-gpu.md"
INSTALL_LIMIT_S = 3600
START_LIMIT_S = 1800
BENCH_LIMIT_S = 3600
FLAGS = (
    *("--max-total-tokens", "2000000"),  # A token is so small that the pools would have tens of millions of slots.
    *("--decode-log-interval", "1"),  # The gauges are refreshed with each line.
)


class Failed(Exception):
    """A step of it, with what it said."""


def main() -> int:
    options = parse()
    try:
        if not options.cpu:
            os.environ["CUDA_VISIBLE_DEVICES"] = first_gpu()
        ground = on_a_cpu() if options.cpu else on_a_gpu(options.python)
        measured = measure(ground, options)
    except NoGpu as why:
        return tell(why)
    except CannotMake as why:
        print(f"There is no SGLang to run: {why}", file=sys.stderr)
        return CANNOT
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    options.out.write_text(page(measured, rehearsed=options.cpu), encoding="utf-8")
    print(f"written to {options.out}", file=sys.stderr)
    return 0 if measured.works else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the tiny checkpoint on a GPU, and write a page of it.")
    parser.add_argument("--python", type=Path, help="an interpreter that has SGLang (default: one is made)")
    parser.add_argument("--out", type=Path, help=f"where the page goes (default: {PAGE.relative_to(ROOT)})")
    parser.add_argument("--home", type=Path, default=HOME, help="for the checkpoint and the server's log")
    parser.add_argument("--sessions", action="append", default=[], help="side by side (default: 1, 4, 16)")
    parser.add_argument("--steps", help="most requests a session")
    parser.add_argument("--cpu", action="store_true", help="rehearse it on the CPU")
    given = parser.parse_args()
    if given.cpu and given.out is None:
        parser.error("--cpu needs --out: the page of a rehearsal is none for the documentation")
    given.out = given.out or PAGE
    given.home = given.home.absolute()  # For the wrapper around SGLang's interpreter.
    given.python = given.python and given.python.absolute()
    return given


def on_a_cpu() -> Ground:
    CPU.make(INSTALL_LIMIT_S)
    return ON_A_CPU


def on_a_gpu(python: Path | None) -> Ground:
    if python is None:
        say(f"SGLang's environment, in {GPU.folder} (many gigabytes, once; SERVE_PYTHON names another)")
        GPU.make(INSTALL_LIMIT_S)
    return Ground(python or GPU.interpreter, {"HF_HUB_OFFLINE": "1"}, (), FLAGS, START_LIMIT_S)


def measure(ground: Ground, options: argparse.Namespace) -> Measured:
    """Raises CannotMake, Failed. Nothing goes on running."""
    versions = versions_of(ground.sglang)
    shutil.rmtree(options.home, ignore_errors=True)
    say("the tiny checkpoint")
    try:
        # The bridge's kernels would take many minutes for the larger shape.
        shape = "smallest" if options.cpu else "published-heads"
        checkpoint = make_tiny(options.home, ground.sglang, shape)
    except subprocess.CalledProcessError as error:
        raise Failed(f"the tiny checkpoint cannot be made by {ground.sglang}:\n{error.stderr}") from error
    machine = ServedMachine(options.home, checkpoint, free_port(), ground)
    try:
        say("mimosa serve")
        step(machine, "serve", machine.serve())
        say("mimosa doctor")
        doctor = machine.mimosa("doctor", "--json", "--sandbox", "local")
        instance = machine.instance()
        say("mimosa bench serve --compare")
        figures = options.home / "bench.md"
        step(machine, "bench", machine.mimosa(*bench_words(options, figures), limit_s=BENCH_LIMIT_S))
        say("mimosa stop")
        step(machine, "stop", machine.mimosa("stop", "--yes"))
    finally:
        machine.end_all()
    findings = json.loads(doctor.stdout)["findings"] if doctor.stdout else []
    return Measured(instance, versions, findings, figures.read_text(encoding="utf-8"))


def bench_words(options: argparse.Namespace, out: Path) -> list[str]:
    sessions = [word for count in options.sessions for word in ("--sessions", count)]
    steps = ["--steps", options.steps] if options.steps else []
    return ["bench", "serve", "--compare", "--out", str(out), *sessions, *steps]


def versions_of(python: Path) -> str:
    """PyTorch's and CUDA's. Raises CannotMake if that interpreter has no PyTorch."""
    words = [str(python), "-c", "import torch; print(torch.__version__, torch.version.cuda)"]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError as error:
        raise CannotMake(f"{python} does not run ({error.strerror})") from error
    if done.returncode:
        raise CannotMake(f"{python} has no PyTorch: {done.stderr.strip().splitlines()[-1]}")
    torch, cuda = done.stdout.split()
    return f"PyTorch {torch}" if cuda == "None" else f"PyTorch {torch} for CUDA {cuda}"


def step(machine: ServedMachine, name: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise Failed(f"mimosa {name} ended with {done.returncode}; logs: {machine.servers.folder}\n{done.stderr}")


def say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
