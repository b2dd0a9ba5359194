"""Gathers a manifest. What cannot be found out stays empty: no run fails for want of a version number."""

import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.metadata import distributions
from importlib.resources import files
from pathlib import Path

from evals.instances.base import Instance
from evals.manifest.hardware import hardware, python_version
from evals.manifest.model import DataSet, Manifest, ModelFacts
from evals.running.records import AttemptEnded, JournalLine
from evals.running.request import RunRequest
from sandbox.gate.visits import summed
from tools.standard import standard_tools


def begin_manifest(
    *,
    run: str,
    request: RunRequest,
    dataset: str,
    instances: Sequence[Instance],
    model: ModelFacts,
    seed: int | None = None,
) -> Manifest:
    """Call it before the first attempt. It asks the Docker engine and the GPU driver, which takes a moment."""
    return Manifest(
        run=run,
        request=request,
        directory=str(Path.cwd()),
        started_at=time.time(),
        dataset=DataSet(name=dataset, instances=len(instances), sha256=rows_sha256(instances)),
        model=model,
        seed=seed,
        prompts_sha256=prompts_sha256(),
        tools_sha256=tools_sha256(),
        packages=packages(),
        hardware=hardware(),
    )


def finish_manifest(manifest: Manifest, lines: Iterable[JournalLine]) -> Manifest:
    """With what only the run itself could tell: its end, the images that were used, the hosts that were asked
    for."""
    ended = [line.event for line in lines if isinstance(line.event, AttemptEnded)]
    found = {
        "ended_at": time.time(),
        "images": {event.instance_id: event.image_digest for event in ended if event.image_digest},
        "hosts": tuple(dict.fromkeys(host for event in ended for host in event.hosts)),
        "visits": summed(visit for event in ended for visit in event.visits),
    }
    return manifest.model_copy(update=found)


def rows_sha256(instances: Iterable[Instance]) -> str:
    digest = sha256()
    for instance in instances:
        digest.update(instance.model_dump_json().encode() + b"\n")
    return digest.hexdigest()


def prompts_sha256() -> str:
    """Over every text that `prompts` holds, by name: a changed word is a changed prompt."""
    digest = sha256()
    for text in sorted(files("prompts").iterdir(), key=lambda entry: entry.name):
        if text.name.endswith(".md"):
            digest.update(text.name.encode() + b"\0" + text.read_bytes() + b"\0")
    return digest.hexdigest()


def tools_sha256() -> str:
    """Over the standard tools' names, descriptions and arguments, in the order in which the model reads them."""
    digest = sha256()
    for tool in standard_tools():
        fields = ",".join(tool.arguments.model_fields)
        digest.update(f"{tool.name}\0{tool.description}\0{fields}\0".encode())
    return digest.hexdigest()


def packages() -> dict[str, str]:
    """Every installed distribution, and Python itself."""
    found = {dist.name: dist.version for dist in distributions() if dist.name}
    return {"python": python_version(), **dict(sorted(found.items(), key=lambda item: item[0].lower()))}
