"""What every benchmark is told."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """`image` is a base image as the engine names it; `mini_python` a Python with mini-swe-agent, if any."""

    image: str
    mini_python: Path | None = None
