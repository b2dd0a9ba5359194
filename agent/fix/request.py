"""What the user asked `mimosa fix` for, apart from the settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FixRequest:
    """`repository` is a folder in a git repository; `attempts` sandboxes work side by side; `test_timeout_s`
    bounds each run of the tests in the verification, in seconds."""

    task: str
    repository: Path
    attempts: int = 1
    test_timeout_s: float = 900.0
