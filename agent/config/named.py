"""Read the tables that carry a name of their own from one configuration file."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from agent.config.expect import expectation, found
from agent.config.files import read_document
from agent.config.locate import KeyPath
from agent.config.named_settings import HookSettings, ServerSettings
from agent.config.origin import Layer, Origin
from agent.config.settings import Section
from agent.errors import UsageError

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]|_(?!_)){0,30}")
"""It becomes a part of tools' names, `server__tool`, which servers hold to letters, digits, `_` and `-`."""

S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Named(Generic[S]):
    """One table: `name` is its own, `origin` where it stands."""

    name: str
    settings: S
    origin: Origin


@dataclass(frozen=True)
class NamedTables:
    """The servers and the hooks of one file, or of several; `notes` tell of those that cannot be used."""

    servers: tuple[Named[ServerSettings], ...] = ()
    hooks: tuple[Named[HookSettings], ...] = ()
    notes: tuple[str, ...] = ()

    def over(self, lower: "NamedTables") -> "NamedTables":
        """These and those of a lower layer. A server takes the place of one with its name; a hook takes no other
        hook away."""
        names = {server.name for server in self.servers}
        kept = tuple(server for server in lower.servers if server.name not in names)
        return NamedTables((*kept, *self.servers), (*lower.hooks, *self.hooks), (*lower.notes, *self.notes))


def named_of_file(path: Path, layer: Layer) -> NamedTables:
    """The file's named tables, none if there is no such file. Raises UsageError with file, line and key."""
    document, lines = read_document(path)
    return NamedTables(
        tuple(_tables(document, lines, path, layer, "mcp", ServerSettings)),
        tuple(_tables(document, lines, path, layer, "hooks", HookSettings)),
    )


def _tables(
    document: Mapping[str, object],
    lines: Mapping[KeyPath, int],
    path: Path,
    layer: Layer,
    section: str,
    model: type[S],
) -> Iterator[Named[S]]:
    tables = document.get(section, {})
    if not isinstance(tables, dict):
        raise UsageError(f"{path}:{lines[(section,)]}: {section}: expected tables such as [{section}.NAME]")
    for name, table in tables.items():
        origin = Origin(layer, str(path), lines[(section, name)])
        if not isinstance(table, dict):
            raise UsageError(f"{origin}: {section}.{name}: expected a table, written [{section}.NAME]")
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{origin}: {section}.{name}: a name has letters, digits, - and single _, at most 31 of them"
            )
        yield Named(name, _checked(table, model, origin, lines, (section, name)), origin)


def _checked(
    table: dict[str, object], model: type[S], origin: Origin, lines: Mapping[KeyPath, int], key: KeyPath
) -> S:
    try:
        return model.model_validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as invalid:
        error = invalid.errors()[0]
    name, where = ".".join(map(str, key)), error["loc"]
    if not where:
        raise UsageError(f"{origin}: {name}: {error['ctx']['error']}")
    field = str(where[0])
    at = Origin(origin.layer, origin.place, lines.get((*key, field), origin.line))
    if error["type"] == "extra_forbidden":
        raise UsageError(f"{at}: unknown key {name}.{field}; known are {', '.join(model.model_fields)}")
    if error["type"] == "missing":
        raise UsageError(f"{at}: {name}: {field} is missing; expected {expectation(model.model_fields[field])}")
    raise UsageError(
        f"{at}: {name}.{field}: expected {expectation(model.model_fields[field])}, found {found(table[field])}"
    )
