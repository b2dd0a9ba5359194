"""An environment becomes an image: its setup runs once, and the result is kept under what it was made from."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.images.base_image import SEARCH_PATH, ensure_base_image, is_made
from sandbox.images.build import build_image
from sandbox.images.environments.base import Build, Environment
from sandbox.images.setup_container import setup_container
from sandbox.images.setup_steps import PHASE, run_setup, tidy
from sandbox.progress import Progress, Report, silent

if TYPE_CHECKING:
    from docker import DockerClient

REPOSITORY = "mimosa-env"
RECIPE = 1
"""Counts changes in how setups are run that the key does not show otherwise."""

LIMIT_S = 1800.0


@dataclass(frozen=True)
class PreparedImage:
    """An image to start sandboxes from, and the variables to set in them, PATH among them if it changes."""

    name: str
    variables: tuple[tuple[str, str], ...] = ()


def prepare_base(client: "DockerClient", environment: Environment, archive: Path, report: Report = silent) -> str:
    """The name of the image that `environment` starts from, brought to the engine or built if it is not there.

    `archive` is the repository's snapshot. Raises EnvironmentFailed.
    """
    if isinstance(environment.base, Build):
        return build_image(client, environment.base, archive, report)
    return ensure_base_image(client, environment.base, report)


def prepare_image(
    client: "DockerClient",
    environment: Environment,
    base_image: str,
    archive: Path,
    *,
    uid: int,
    gid: int,
    report: Report = silent,
    limit_s: float = LIMIT_S,
) -> PreparedImage:
    """The image for `environment`: the base itself if nothing is to be set up, else one where the setup was run on
    the snapshot `archive`, at once if that was done before.

    Of the workspace the image keeps what the setup made; the repository's files come in anew with every sandbox.
    Blocks. Raises EnvironmentFailed when a command fails or all together take more than `limit_s` seconds.
    """
    variables = _variables(client, environment, base_image)
    if not environment.setup:
        return PreparedImage(base_image, tuple(variables.items()))
    name = image_name(client, environment, base_image, uid, gid)
    prepared = PreparedImage(name, tuple(variables.items()))
    if is_made(client, name):
        return prepared
    with setup_container(client, base_image, limit_s=limit_s) as container:
        run_setup(container, environment, archive, variables, report)
        report(Progress(PHASE, "storing the environment", len(environment.setup), len(environment.setup)))
        tidy(container, archive, uid, gid)
        container.commit(name, variables=variables, labels=_labels(environment, uid, gid))
    return prepared


def _labels(environment: Environment, uid: int, gid: int) -> dict[str, str]:
    return {"mimosa.environment": environment.why, "mimosa.owner": f"{uid}:{gid}"}


def image_name(client: "DockerClient", environment: Environment, base_image: str, uid: int, gid: int) -> str:
    """The name that says what the image is made from: base image, commands, variables, key files, owner."""
    made_from = [
        *(RECIPE, client.images.get(base_image).id, environment.setup, environment.path, environment.variables),
        *([(file.path, file.digest) for file in environment.key_files], uid, gid),
    ]
    return f"{REPOSITORY}:{hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:16]}"


def _variables(client: "DockerClient", environment: Environment, base_image: str) -> dict[str, str]:
    """The environment's variables, and the base image's PATH with the environment's folders before it."""
    variables = dict(environment.variables)
    if environment.path:
        entries = client.images.get(base_image).attrs["Config"].get("Env") or []
        before = dict(entry.partition("=")[::2] for entry in entries).get("PATH", SEARCH_PATH)
        variables["PATH"] = ":".join((*environment.path, before))
    return variables
