"""What failed where an image is built from a wheelhouse, without a network, and what to do about it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.errors import EnvironmentFailed

_MISSING = re.compile(r"No matching distribution found for (.+?)\s*$", re.MULTILINE)
_PRESENT = re.compile(r"\(from versions: (.+?)\)")
"""pip's own words."""


@contextmanager
def told_offline(wheelhouse: Path | None) -> Iterator[None]:
    """Adds to an EnvironmentFailed what `wheelhouse` lacks; with None it stays as it is."""
    try:
        yield
    except EnvironmentFailed as error:
        if wheelhouse is None:
            raise
        raise EnvironmentFailed(f"{_advice(str(error), wheelhouse)}\n{error}") from error


def _advice(told: str, wheelhouse: Path) -> str:
    missing = _MISSING.search(told)
    if missing is None:
        return (
            f"What is built from a wheelhouse ({wheelhouse}) has no network. A command that needs one works "
            "without --wheelhouse; or bring the row's own image (docker load)."
        )
    present = _PRESENT.search(told)
    others = f" (it has {present[1]})" if present and present[1] != "none" else ""
    return (
        f"The wheelhouse {wheelhouse} has no wheel of {missing[1]}{others}. Where there is a network: "
        f"pip download -d {wheelhouse} '{missing[1]}', with the image's Python and platform."
    )
