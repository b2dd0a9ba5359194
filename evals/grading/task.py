"""A task in Harbor's format is graded by its own verifier, in a fresh container, without a network."""

import io
import json
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from evals.grading.base import Grade, Reason, Tally
from evals.grading.container import GradingContainer, GradingLimits, grading_container
from evals.grading.log import NAME
from evals.images.build import EvalImage
from evals.instances.base import Instance
from evals.instances.harbor import VERIFIER, verifier_seconds

if TYPE_CHECKING:
    from docker import DockerClient

REWARDS = ("/logs/verifier/reward.txt", "/logs/verifier/reward.json")
PATCH = "/tmp/patch.diff"
RESOLVED_FROM = 1.0
"""The reward from which a task counts as solved."""


def grade_task(
    client: "DockerClient",
    instance: Instance,
    image: EvalImage,
    patch: bytes,
    folder: Path,
    limits: GradingLimits,
) -> Grade:
    """Put the tests in, run them, and read the reward that they leave. A patch cannot leave one: what lies there
    before the verifier starts is removed."""
    started = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    limits = limits.model_copy(update={"seconds": verifier_seconds(Path(instance.task), limits.seconds)})
    with grading_container(client, image.name, limits, image.variables) as container:
        reason, exit_code, note = _verified(container, instance, image.folder, patch, folder / NAME)
    resolved = reason == "resolved"
    return Grade(
        instance_id=instance.instance_id,
        resolved=resolved,
        reason=reason,
        fail_to_pass=Tally(passed=instance.FAIL_TO_PASS) if resolved else Tally(failed=instance.FAIL_TO_PASS),
        exit_code=exit_code,
        log=NAME if (folder / NAME).exists() else "",
        image=image.digest,
        seconds=round(time.monotonic() - started, 2),
        note=note,
    )


def _verified(
    container: GradingContainer, instance: Instance, folder: str, patch: bytes, log: Path
) -> tuple[Reason, int | None, str]:
    if patch.strip():
        container.put(PATCH, patch)
        if container.run(["bash", "-c", f"git apply --verbose {PATCH} || patch -p1 -i {PATCH}"], folder) != 0:
            return "does not apply", None, ""
    container.unpack("/tests", _tests(Path(instance.task) / "tests"))
    container.run(["bash", "-c", "rm -rf /logs && mkdir -p /logs/verifier"], "/")
    with log.open("wb") as output:
        exit_code = container.run(["bash", f"/{VERIFIER}"], folder, output)
    if container.timed_out:
        return "timed out", None, ""
    reward = _reward(container)
    if reward is None:
        return "no result", exit_code, f"the verifier ended with exit code {exit_code} and left no reward"
    return ("resolved" if reward >= RESOLVED_FROM else "wrong patch"), exit_code, f"reward {reward:g}"


def _reward(container: GradingContainer) -> float | None:
    for path in REWARDS:
        data = container.get(path)
        if data is None:
            continue
        try:
            value = json.loads(data)
        except ValueError:
            continue
        if isinstance(value, dict):
            value = value.get("reward")
        if isinstance(value, (int, float)):
            return float(value)
    return None


def _tests(folder: Path) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.add(folder, ".")
    return stream.getvalue()
