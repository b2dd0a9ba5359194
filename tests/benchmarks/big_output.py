"""What a command with 100 MB of output costs, beside `docker exec … > file`."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mimosa_sandbox import opened, tiny_repository
from options import Options
from result import Figure, Result, Target
from timing import median_ms

ROUNDS = 5
BYTES = 100_000_000
COMMAND = f"yes 'a line of output as a noisy build prints them, again and again' | head -c {BYTES}"


def measure(options: Options) -> Result:
    """Each round is a fresh process, for its memory's high-water mark is the process's."""
    here = Path(__file__).resolve().parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(here.parents[1]), str(here)))}
    rounds = []
    for _ in range(ROUNDS):
        command = [sys.executable, str(Path(__file__).resolve()), options.image]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"a round failed:\n{done.stderr}")
        rounds.append(json.loads(done.stdout))
    ours = median_ms([each["sandbox_s"] for each in rounds])
    theirs = median_ms([each["exec_s"] for each in rounds])
    memory = max(each["memory_mb"] for each in rounds)
    return Result(
        benchmark="100 MB of output",
        what="One command that prints 100 MB of lines, through the sandbox (whole text stored in it, head and "
        "tail returned, watched) and through `docker exec … > file` in the same container. Medians; memory is the "
        "growth of the process's highest resident size while the command ran, the largest of all rounds.",
        figures=(
            Figure("sandbox", ours, "ms", ROUNDS),
            Figure("docker exec … > file", theirs, "ms", ROUNDS),
            Figure("ratio", ours / theirs, "times", ROUNDS),
            Figure("memory added", memory, "MB", ROUNDS),
        ),
        targets=(
            Target("no slower than docker exec by more than half", ours / theirs < 1.5),
            Target("under 64 MB more memory", memory < 64),
        ),
    )


async def one_round(image: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        repository = tiny_repository(Path(place) / "repository")
        async with opened(repository, image) as sandbox:
            await sandbox.run("true")
            watched = Watched()
            before = resident_mb_from_here()
            began = time.perf_counter()
            result = await sandbox.run(COMMAND, watch=watched)
            ours = time.perf_counter() - began
            memory = highest_resident_mb() - before
            if result.output_bytes != BYTES:
                raise RuntimeError(f"{result.output_bytes} of {BYTES} bytes came through")
            theirs = exec_to_file(sandbox.container, Path(place) / "output")
    return {"sandbox_s": ours, "exec_s": theirs, "memory_mb": memory}


class Watched:
    """Looks at the output as a screen would, and keeps none of it."""

    def __init__(self) -> None:
        self.characters = 0

    def __call__(self, text: str) -> None:
        self.characters += len(text)


def exec_to_file(container: str, target: Path) -> float:
    """Seconds of `docker exec` with its output in `target`."""
    with target.open("wb") as sink:
        began = time.perf_counter()
        subprocess.run(["docker", "exec", container, "bash", "-c", COMMAND], stdout=sink, check=True)
        took = time.perf_counter() - began
    if target.stat().st_size != BYTES:
        raise RuntimeError(f"docker exec gave {target.stat().st_size} of {BYTES} bytes")
    return took


def resident_mb_from_here() -> float:
    """The process's resident size in 10^6 bytes, where its high-water mark begins anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")
    return highest_resident_mb()


def highest_resident_mb() -> float:
    """The process's resident high-water mark so far, in 10^6 bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("/proc/self/status has no VmHWM")


if __name__ == "__main__":
    print(json.dumps(asyncio.run(one_round(sys.argv[1]))))
