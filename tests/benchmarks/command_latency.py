"""How long the smallest command takes in the sandbox, beside one `docker exec` each."""

import asyncio
import tempfile
import time
from pathlib import Path

from mimosa_sandbox import opened, tiny_repository
from options import Options
from result import Figure, Result, Target
from timing import median_ms, seconds_of

ROUNDS = 200
BLOCK = 20
"""The sides alternate in blocks: long enough that each runs warm, short enough that all meet the same weather."""


def measure(options: Options) -> Result:
    return asyncio.run(compare(options.image))


async def compare(image: str) -> Result:
    import docker

    channel: list[float] = []
    by_cli: list[float] = []
    by_sdk: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        repository = tiny_repository(Path(place) / "repository")
        async with opened(repository, image) as sandbox:
            container = docker.from_env().containers.get(sandbox.container)
            await sandbox.run("true")
            for _ in range(ROUNDS // BLOCK):
                for _ in range(BLOCK):
                    began = time.perf_counter()
                    result = await sandbox.run("true")
                    channel.append(time.perf_counter() - began)
                    if result.exit_code != 0:
                        raise RuntimeError(f"`true` failed in the sandbox: {result}")
                by_cli += [seconds_of(["docker", "exec", container.id, "true"]) for _ in range(BLOCK)]
                for _ in range(BLOCK):
                    began = time.perf_counter()
                    container.exec_run(["true"])
                    by_sdk.append(time.perf_counter() - began)
    ours = median_ms(channel)
    figures = (
        Figure("sandbox", ours, "ms", ROUNDS),
        Figure("docker exec, command line", median_ms(by_cli), "ms", ROUNDS),
        Figure("docker exec, SDK", median_ms(by_sdk), "ms", ROUNDS),
        Figure("faster than the command line", median_ms(by_cli) / ours, "times", ROUNDS),
        Figure("faster than the SDK", median_ms(by_sdk) / ours, "times", ROUNDS),
    )
    return Result(
        benchmark="`true` in the sandbox",
        what="From the call to the result, one command after the other in the same container; the three ways "
        f"alternate in blocks of {BLOCK}. Medians.",
        figures=figures,
        targets=(
            Target("20 times faster than `docker exec`", figures[3].value >= 20),
            Target("under 6 ms", ours < 6),
        ),
    )
