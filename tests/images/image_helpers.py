"""Names that the tests of images share."""

from collections.abc import Callable, Mapping
from pathlib import Path

UID, GID = 4321, 4322
"""Nobody's on the machine that runs the tests."""

Make = Callable[[Mapping[str, str]], Path]
"""Makes a folder with these files in it."""

Snapshot = Callable[[Path], Path]
"""Takes a repository's snapshot."""
