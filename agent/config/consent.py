"""What a repository's own file may not set: a stranger's code must not choose where yours goes.

A project file may describe its environment and its limits. It may switch off the sandbox, grant the network, name
an endpoint or say how a model is served only if the user trusts the repository (`agent.trust`, or `[trust]
projects` in the user's own file), and it may never handle secrets, name a program to run outside the sandbox, or
grant trust.
"""

from pathlib import Path

from agent.config.expect import checked
from agent.config.origin import Entry
from agent.config.settings import ServeSettings
from agent.errors import UsageError

NEEDS_CONSENT = frozenset(
    {
        *("model.base_url", "model.profile", "model.fallback"),
        *("sandbox.backend", "sandbox.network", "sandbox.runtime"),
        *("permission.mode", "permission.allow", "files.auto_apply"),
        *(f"serve.{key}" for key in ServeSettings.model_fields if key != "python"),
    }
)
NEVER_IN_A_PROJECT = frozenset({"model.api_key_file", "serve.python", "trust.projects"})
SAFE_VALUES = {  # saying the safe thing needs no consent
    "model.fallback": "none",
    "sandbox.backend": "docker",
    "sandbox.network": "none",
    "permission.mode": "read-only",
    "files.auto_apply": False,
}


def is_trusted(repository: Path, listed: Entry, home: Path) -> bool:
    """Whether the user's `trust.projects` names this very repository. Raises UsageError for a relative path."""
    projects = checked(listed)
    if not isinstance(projects, tuple):
        raise TypeError("trust.projects is a list")
    for index, project in enumerate(projects):
        path = home / project[2:] if project.startswith("~/") else Path(project)
        if not path.is_absolute():
            where = f"{listed.origin.place}:{listed.item_lines.get(index)}: trust.projects[{index}]"
            raise UsageError(f"{where}: expected an absolute path, or one that starts with ~/, found '{project}'")
        if path.resolve() == repository.resolve():
            return True
    return False


def refuse_key_in_file(entry: Entry) -> None:
    """A key in a configuration file ends up in backups, screenshots and commits."""
    if entry.key == "model.api_key":
        raise UsageError(
            f"{entry.origin}: model.api_key: a key is not kept in a configuration file; set MIMOSA_API_KEY, or "
            "put it in a file of its own with mode 600 and name that as api_key_file in your own configuration"
        )


def needs_consent(entry: Entry) -> bool:
    """Whether this counts only in a repository that is trusted."""
    return entry.key in NEEDS_CONSENT and SAFE_VALUES.get(entry.key) != entry.value


def refuse_without_consent(entry: Entry, repository: Path, own_file: Path, trusted: bool) -> None:
    """Raises UsageError if the repository's file may not hold this entry."""
    if entry.key in NEVER_IN_A_PROJECT:
        raise UsageError(
            f"{entry.origin}: {entry.key}: a repository's own file may never set this; it may be set in {own_file}"
        )
    if entry.key == "sandbox.dockerfile":
        _refuse_outside(entry, repository)
    if trusted or not needs_consent(entry):
        return
    raise UsageError(
        f"{entry.origin}: {entry.key}: a repository's own file may not set this without your consent. Set it in "
        f"{own_file} or on the command line, or trust the repository: mimosa trust --repo '{repository}'"
    )


def _refuse_outside(entry: Entry, repository: Path) -> None:
    root = repository.resolve()
    if isinstance(entry.value, str) and not (root / entry.value).resolve().is_relative_to(root):
        raise UsageError(
            f"{entry.origin}: sandbox.dockerfile: expected a file inside the repository, found '{entry.value}'"
        )
