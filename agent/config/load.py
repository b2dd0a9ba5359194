"""Settings from all layers: flags over environment over the project's file over the user's file over defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from agent.config.consent import needs_consent, refuse_key_in_file, refuse_without_consent
from agent.config.environment import entries_of_environment
from agent.config.expect import checked
from agent.config.files import entries_of_file, project_file, user_file
from agent.config.listed import is_listed
from agent.config.mcp_json import servers_of_mcp_json
from agent.config.named import NamedTables, named_of_file
from agent.config.origin import COMMAND_LINE, DEFAULT, Entry, Layer, Origin
from agent.config.secrets import checked_key, read_key_file
from agent.config.settings import SECTIONS, Settings, all_keys
from agent.trust.look import remembered


@dataclass(frozen=True)
class Loaded:
    """The settings, where each came from, and the files that were looked for, whether there or not. `tables` are
    the servers and hooks that count, the repository's own among them only if it is `trusted`. `notes` tell of
    settings that do not count."""

    settings: Settings
    origins: Mapping[str, Origin]
    files: tuple[Path, ...]
    tables: NamedTables = NamedTables()
    trusted: bool = False
    notes: tuple[str, ...] = ()


def load_settings(
    repository: Path | None, environment: Mapping[str, str], flags: Mapping[str, object] | None = None
) -> Loaded:
    """Settings for work in `repository` (its top folder), or outside any. `flags` has values by `section.key`;
    None there means that the flag was not given. Raises UsageError for whatever is wrong, in any layer: a
    mistake that happens to be overridden is still told."""
    own_file = user_file(environment)
    files = (own_file,) if repository is None else (own_file, project_file(repository))
    user = entries_of_file(own_file, Layer.USER)
    trusted = _trusted(repository, environment)
    project, notes = _project_entries(repository, own_file, trusted)
    entries = [*user, *project]
    for entry in entries:
        refuse_key_in_file(entry)
    entries += [*entries_of_environment(environment), *_flag_entries(flags or {})]

    values: dict[str, object] = {}
    winners: dict[str, Entry] = {}
    for entry in entries:  # lowest layer first
        values[entry.key] = checked(entry)
        winners[entry.key] = entry
    origins = {key: winners[key].origin if key in winners else DEFAULT for key in all_keys()}
    _resolve_key(values, winners, origins, environment)
    tables = _tables(repository, own_file, trusted is True)
    return Loaded(_settings(values), origins, files, tables, trusted is True, notes)


def _trusted(repository: Path | None, environment: Mapping[str, str]) -> bool | None:
    """Whether the user trusts the repository, or said no; None if nobody said anything."""
    if repository is None:
        return None
    return True if is_listed(repository, environment) else remembered(repository, environment)


def _tables(repository: Path | None, own_file: Path, trusted: bool) -> NamedTables:
    """The named tables that count. The repository's are read in any case: a mistake is told."""
    own = named_of_file(own_file, Layer.USER)
    if repository is None:
        return own
    project = named_of_file(project_file(repository), Layer.PROJECT)
    if not trusted:
        return own
    servers, notes = servers_of_mcp_json(repository)
    return project.over(NamedTables(servers, notes=notes)).over(own)


def _project_entries(
    repository: Path | None, own_file: Path, trusted: bool | None
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries that count, and what is to be told of the others. Who said that the repository is not trusted
    works without them; where nobody said anything, one that needs trust is an error."""
    if repository is None:
        return (), ()
    entries, notes = [], []
    for entry in entries_of_file(project_file(repository), Layer.PROJECT):
        if trusted is False and needs_consent(entry):
            notes.append(f"{entry.origin}: {entry.key} does not count: you said that {repository} is not trusted")
            continue
        refuse_without_consent(entry, repository, own_file, trusted is True)
        entries.append(entry)
    return tuple(entries), tuple(notes)


def _flag_entries(flags: Mapping[str, object]) -> list[Entry]:
    unknown = set(flags) - set(all_keys())
    if unknown:
        raise ValueError(f"flags for settings that do not exist: {', '.join(sorted(unknown))}")
    return [Entry(key, value, COMMAND_LINE, Path.cwd(), {}) for key, value in flags.items() if value is not None]


def _resolve_key(
    values: dict[str, object],
    winners: Mapping[str, Entry],
    origins: dict[str, Origin],
    environment: Mapping[str, str],
) -> None:
    """Fill in the key: given outright, or read from its file, whichever stands in the higher layer."""
    outright, in_file = winners.get("model.api_key"), winners.get("model.api_key_file")
    if in_file is not None:
        path = _absolute(Path(str(values["model.api_key_file"])), in_file, environment)
        values["model.api_key_file"] = path
        if outright is None or outright.origin.layer < in_file.origin.layer:
            values["model.api_key"] = read_key_file(path)
            origins["model.api_key"] = Origin(in_file.origin.layer, str(path))
            return
    given = values.get("model.api_key")
    if outright is not None and isinstance(given, SecretStr):
        values["model.api_key"] = checked_key(given.get_secret_value(), outright.origin.place)


def _absolute(path: Path, entry: Entry, environment: Mapping[str, str]) -> Path:
    if path.parts[:1] == ("~",):
        return Path(environment.get("HOME") or Path.home(), *path.parts[1:])
    return entry.base / path


def _settings(values: Mapping[str, object]) -> Settings:
    sections = {
        name: section(
            **{key: values[f"{name}.{key}"] for key in section.model_fields if f"{name}.{key}" in values}
        )
        for name, section in SECTIONS.items()
    }
    return Settings.model_validate(sections)
