"""An image is built in layers, each kept under a name that says all that it was made from."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evals.images.turns import alone_with
from sandbox.errors import EnvironmentFailed
from sandbox.images.base_image import is_made
from sandbox.images.setup_container import SetupContainer, setup_container
from sandbox.images.setup_steps import setup_variables
from sandbox.progress import Progress, Report

if TYPE_CHECKING:
    from docker import DockerClient

REPOSITORY = "mimosa-eval"
RECIPE = 1
"""Counts changes in how layers are made that their keys do not show."""

LIMIT_S = 3600.0
LABEL = "mimosa.eval"


@dataclass(frozen=True)
class Layer:
    """`key` is whatever decides the content beside the commands; `fill` puts files into the container first.
    `variables` stay in the image, `only_now` are for the commands alone, `afterwards` for everybody else. The
    commands have a network if the layer is `online`."""

    what: str
    commands: tuple[str, ...]
    key: tuple[str, ...] = ()
    folder: str = "/"
    variables: Mapping[str, str] = field(default_factory=dict)
    only_now: Mapping[str, str] = field(default_factory=dict)
    afterwards: Mapping[str, str] = field(default_factory=dict)
    fill: Callable[[SetupContainer], None] = lambda _container: None
    online: bool = True


def ensure_layer(client: "DockerClient", parent: str, layer: Layer, report: Report, *, kind: str) -> str:
    """The name of the image with `layer` on top of `parent`; built before, it is used at once. `kind` goes into
    the name. Blocks. Raises EnvironmentFailed."""
    name = layer_name(client, parent, layer, kind)
    if is_made(client, name):
        return name
    with alone_with(name, _phase(layer), report):
        if not is_made(client, name):
            _build(client, parent, layer, report, name)
    return name


def _build(client: "DockerClient", parent: str, layer: Layer, report: Report, name: str) -> None:
    total = len(layer.commands)
    phase = _phase(layer)
    with setup_container(client, parent, limit_s=LIMIT_S, online=layer.online) as container:
        report(Progress(phase, "files", 0, total))
        layer.fill(container)
        variables = {**setup_variables(container, report), **image_variables(client, parent)}
        variables |= {**layer.variables, **layer.only_now}
        for number, command in enumerate(layer.commands):
            step = Progress(phase, command, number, total)
            report(step)
            container.run(
                command, folder=layer.folder, variables=variables, watch=partial(_report_line, report, step)
            )
        # pip leaves copies of the host's certificates behind.
        container.run("rm -rf /tmp/mimosa-setup /tmp/tmp*cacert.pem")
        container.commit(name, variables={**layer.variables, **layer.afterwards}, labels={LABEL: layer.what})


def _phase(layer: Layer) -> str:
    return f"image of {layer.what}"


def layer_name(client: "DockerClient", parent: str, layer: Layer, kind: str) -> str:
    made_from = [
        *(RECIPE, client.images.get(parent).id, layer.commands, layer.key, layer.folder),
        *(sorted(layer.variables.items()), sorted(layer.afterwards.items())),
    ]
    return f"{REPOSITORY}-{kind}:{hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:16]}"


def image_id(client: "DockerClient", name: str) -> str:
    from docker.errors import ImageNotFound

    try:
        return str(client.images.get(name).id)
    except ImageNotFound as error:
        raise EnvironmentFailed(f"the engine has no image {name}") from error


def _report_line(report: Report, step: Progress, line: str) -> None:
    report(replace(step, detail=line))


def image_variables(client: "DockerClient", name: str) -> dict[str, str]:
    """What the image sets for every command in it."""
    entries = client.images.get(name).attrs["Config"].get("Env") or []
    return dict(entry.partition("=")[::2] for entry in entries)


def put_text(container: SetupContainer, path: str, text: str) -> None:
    """Write a file inside, its folder made where it is missing."""
    own = container.put_file("text", text.encode())
    container.run(f"mkdir -p {Path(path).parent} && cp {own} {path}")
