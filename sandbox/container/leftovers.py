"""Containers whose Mimosa is dead: each carries who made it, so that a later start can remove them."""

import re
import uuid
from typing import TYPE_CHECKING

from sandbox.owner import is_dead, is_dead_word, owner_word

if TYPE_CHECKING:
    from docker import DockerClient

SESSION_LABEL = "mimosa.session"
OWNER_LABEL = "mimosa.owner"
SETUP = "mimosa-setup-"
_SETUP_NAME = re.compile(rf"{SETUP}(\d+-\d+-[0-9a-f]+)-[0-9a-f]+")


def setup_name() -> str:
    """A name for a container in which an image is prepared. Who made it stands in the name: labels would go into
    the image, and on into every sandbox made from it."""
    return f"{SETUP}{owner_word()}-{uuid.uuid4().hex[:8]}"


def sweep(client: "DockerClient") -> list[str]:
    """Remove the containers of Mimosas of this machine and PID namespace that run no more; it blocks.

    Returns their ids. Those of other machines on the same engine are left alone: nobody here can tell.
    """
    removed = []
    for container in client.containers.list(all=True, filters={"label": OWNER_LABEL}, ignore_removed=True):
        if is_dead(container.labels.get(OWNER_LABEL, "")):
            _remove(client, str(container.id))
            removed.append(str(container.id))
    for container in client.containers.list(all=True, filters={"name": SETUP}, ignore_removed=True):
        named = _SETUP_NAME.fullmatch(str(container.name))
        if named and is_dead_word(named[1]):
            _remove(client, str(container.id))
            removed.append(str(container.id))
    return removed


def _remove(client: "DockerClient", container: str) -> None:
    from docker.errors import APIError

    try:
        client.api.remove_container(container, force=True, v=True)
    except APIError as error:
        if error.status_code not in (404, 409):  # gone, or going: another Mimosa was faster
            raise
