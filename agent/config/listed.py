"""Trust that the user wrote down: `trust.projects` in the user's own file."""

from collections.abc import Mapping
from pathlib import Path

from agent.config.consent import is_trusted
from agent.config.files import entries_of_file, user_file
from agent.config.origin import Layer


def is_listed(repository: Path, environment: Mapping[str, str]) -> bool:
    """Whether the user's own file names this repository. Raises UsageError."""
    home = Path(environment.get("HOME") or Path.home())
    entries = entries_of_file(user_file(environment), Layer.USER)
    return any(is_trusted(repository, entry, home) for entry in entries if entry.key == "trust.projects")
