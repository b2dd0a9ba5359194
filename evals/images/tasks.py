"""The image of a task in Harbor's format, built from its own Dockerfile."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from evals.errors import EvalError
from evals.images.turns import alone_with
from evals.instances.base import Instance
from sandbox.errors import EnvironmentFailed
from sandbox.images.base_image import is_made
from sandbox.images.engine import setup_network
from sandbox.progress import Progress, Report

if TYPE_CHECKING:
    from docker import DockerClient

REPOSITORY = "mimosa-eval-task"
LAST_LINES = 20


def task_image_name(instance: Instance) -> str:
    """A name that says what is in the task's `environment` folder."""
    root = Path(instance.task) / "environment"
    digest = hashlib.sha256()
    for path in sorted(file for file in root.rglob("*") if file.is_file()):
        digest.update(repr((path.relative_to(root).as_posix(), path.stat().st_mode & 0o111)).encode())
        digest.update(path.read_bytes())
    return f"{REPOSITORY}:{digest.hexdigest()[:16]}"


def ensure_task_image(client: "DockerClient", instance: Instance, report: Report) -> tuple[str, str]:
    """The name of the task's image, built if it is not there, and its working directory. Raises EnvironmentFailed
    with the last lines, EvalError where the image names no folder to work in."""
    name = task_image_name(instance)
    if not is_made(client, name):
        phase = f"image of {instance.instance_id}"
        with alone_with(name, phase, report):
            if not is_made(client, name):
                _build(client, instance, name, phase, report)
    folder = str(client.images.get(name).attrs["Config"].get("WorkingDir") or "/")
    if folder == "/":
        raise EvalError(
            f"{instance.instance_id}: its Dockerfile sets no WORKDIR, so nobody knows where the work is done."
        )
    return name, folder


def _build(client: "DockerClient", instance: Instance, name: str, phase: str, report: Report) -> None:
    from docker.errors import DockerException
    from requests import RequestException

    report(Progress(phase, "building environment/Dockerfile"))
    last: list[str] = []
    try:
        lines = client.api.build(
            path=str(Path(instance.task) / "environment"),
            tag=name,
            rm=True,
            forcerm=True,
            network_mode=setup_network(client),
            labels={"mimosa.eval": instance.instance_id},
            decode=True,
        )
        for line in lines:
            if failure := line.get("error"):
                raise EnvironmentFailed(_told(instance, failure, last))
            last += [text for text in str(line.get("stream", "")).splitlines() if text.strip()]
            report(Progress(phase, "building environment/Dockerfile", detail=last[-1] if last else ""))
    except (DockerException, RequestException) as error:
        raise EnvironmentFailed(_told(instance, str(error), last)) from error


def _told(instance: Instance, failure: str, last: list[str]) -> str:
    words = "\n".join(last[-LAST_LINES:])
    return f"{instance.instance_id}: its image could not be built: {failure.strip()}. Its last lines:\n{words}"
