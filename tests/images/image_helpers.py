"""Names that the tests of images share."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

UID = GID = 100_000 + os.getpid() % 1_000_000
"""Nobody's on the machine that runs the tests, and another's in each process of them: images carry it."""

DOCKERFILE = f"Dockerfile.{os.getpid()}"
"""What is built from it carries its name, so that each process sees its own."""

Make = Callable[[Mapping[str, str]], Path]
"""Makes a folder with these files in it."""

Snapshot = Callable[[Path], Path]
"""Takes a repository's snapshot."""
