"""Pictures that go with a message, for the models that take them."""

import base64
from collections.abc import Sequence
from pathlib import Path

from agent.errors import UsageError
from model_runtime.messages import Image
from model_runtime.profiles import Profile

MOST_BYTES = 10_000_000

_KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def read_images(paths: Sequence[Path], profile: Profile, model: str) -> tuple[Image, ...]:
    """The pictures as they join a message. Raises UsageError, in words, for a model that takes none and for a file
    that is none."""
    if paths and not profile.images:
        raise UsageError(
            f"{model} takes no images (profile {profile.name}): say in words what {paths[0].name} shows, "
            "or use a model whose profile has `images = true`"
        )
    return tuple(map(_read, paths))


def media_type(data: bytes) -> str:
    """What kind of picture these bytes are, "" for none that models take. The name of a file proves nothing."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), "")


def _read(path: Path) -> Image:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UsageError(
                f"{path} has {size / 1e6:.0f} MB, and {MOST_BYTES // 1_000_000} are the most for an image"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    kind = media_type(data)
    if not kind:
        raise UsageError(f"{path} is no PNG, JPEG, GIF or WebP image")
    return Image(name=path.name, media_type=kind, data=base64.b64encode(data).decode("ascii"))
