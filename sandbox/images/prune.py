"""Images that Mimosa made and nobody has used for a while. The base image is not among them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.images import build, image

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image


def unused_images(client: "DockerClient", unused_for: timedelta) -> tuple[str, ...]:
    """The names of environments and built images that were last used longer ago than `unused_for`."""
    oldest = datetime.now(UTC) - unused_for
    found = [entry for name in (image.REPOSITORY, build.REPOSITORY) for entry in client.images.list(name)]
    return tuple(tag for entry in found if last_used(entry) < oldest for tag in entry.tags)


def remove_images(client: "DockerClient", names: Iterable[str]) -> tuple[str, ...]:
    """Remove images; returns the names of those removed. One that a container uses is left alone."""
    from docker.errors import APIError

    removed: list[str] = []
    for name in names:
        try:
            client.images.remove(name)
        except APIError as error:
            if error.status_code not in (404, 409):  # gone already, or in use
                raise
        else:
            removed.append(name)
    return tuple(removed)


def last_used(found: "Image") -> datetime:
    """When the image was last given its name, which every use does anew; its creation where the engine does not
    keep that."""
    tagged = datetime.fromisoformat(
        (found.attrs.get("Metadata") or {}).get("LastTagTime") or found.attrs["Created"]
    )
    return max(tagged, datetime.fromisoformat(found.attrs["Created"]))
