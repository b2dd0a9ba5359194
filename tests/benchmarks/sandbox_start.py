"""How long a sandbox takes from nothing to its first command, with a repository of 50 MB."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import big_repository
from mimosa_sandbox import snapshot_for
from options import Options
from result import Figure, Result, Target
from timing import median_ms

from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox

ROUNDS = 7
"""Nothing is removed before the last round is over: for minutes after many files were deleted, ext4 makes new ones
up to twenty times slower (it passes over inodes freed lately, one by one), and a start is not a row of starts."""


@dataclass(frozen=True)
class Start:
    """Seconds. `snapshot`: the repository is copied on the host. `start`: the sandbox is made from that copy.
    `command`: a first `git status` in it."""

    snapshot: float
    start: float
    command: float


def measure(options: Options) -> Result:
    with tempfile.TemporaryDirectory() as place:
        repository = Path(place) / "repository"
        big_repository.make(repository)
        size = big_repository.size_mb(repository)
        first, *warm = asyncio.run(starts(repository, options.image, Path(place)))
    both = median_ms([each.snapshot + each.start for each in warm])
    start = median_ms([each.start for each in warm])
    return Result(
        benchmark="start of a sandbox",
        what=f"The repository is copied and a sandbox is started with it: {big_repository.FILES} text files, "
        f"{size:.0f} MB in the working tree, {big_repository.COMMITS} commits, base image warm. The first start "
        "of the run is shown apart. Medians.",
        figures=(
            Figure("copy and start", both, "ms", ROUNDS),
            Figure("of it the copy", median_ms([each.snapshot for each in warm]), "ms", ROUNDS),
            Figure("of it the start", start, "ms", ROUNDS),
            Figure("first `git status` after it", median_ms([each.command for each in warm]), "ms", ROUNDS),
            Figure("copy and start, first of the run", (first.snapshot + first.start) * 1000, "ms", 1),
        ),
        targets=(
            Target("the start under 1.5 s", start < 1500),
            Target("copy and start under 1.5 s", both < 1500),
        ),
    )


async def starts(repository: Path, image: str, place: Path) -> list[Start]:
    """One start after the other, ROUNDS and one of them."""
    sandboxes: list[DockerSandbox] = []
    try:
        return [await one_start(repository, image, place / str(n), sandboxes) for n in range(ROUNDS + 1)]
    finally:
        for sandbox in sandboxes:
            await sandbox.close()


async def one_start(repository: Path, image: str, folder: Path, sandboxes: list[DockerSandbox]) -> Start:
    """Adds the sandbox to `sandboxes`, for the caller to close."""
    options = DockerOptions(image=image)
    began = time.perf_counter()
    snapshot = snapshot_for(options, repository, folder)
    copied = time.perf_counter()
    sandbox = DockerSandbox(options, snapshot)
    sandboxes.append(sandbox)
    await sandbox.start()
    started = time.perf_counter()
    result = await sandbox.run("git status --short | head -3")
    commanded = time.perf_counter()
    if result.exit_code != 0 or result.output:
        raise RuntimeError(f"the workspace is not as it was: {result}")
    return Start(copied - began, started - copied, commanded - started)
