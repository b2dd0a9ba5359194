"""What `mimosa config` prints: every value and where it came from, secrets masked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from agent.config.load import Loaded
from agent.config.origin import Layer, Origin

if TYPE_CHECKING:
    from rich.console import Group

Plain = str | int | float | bool | list[str] | None


@dataclass(frozen=True)
class Row:
    """One setting: `value` as it may be shown, and where it came from."""

    key: str
    value: Plain
    origin: Origin


def config_rows(loaded: Loaded) -> Iterator[Row]:
    """Every setting in the order of the documentation, with nothing secret in it."""
    for key, origin in loaded.origins.items():
        section, _, name = key.partition(".")
        yield Row(key, shown(getattr(getattr(loaded.settings, section), name)), origin)


def config_json(loaded: Loaded) -> str:
    """`{"settings": {"model.name": {"value", "layer", "from", "line"}, …}, "mcp": {"NAME": "from"}, "hooks": …,
    "trusted": …, "files": [{"path", "found"}, …]}`"""
    settings = {
        row.key: {
            "value": row.value,
            "layer": row.origin.layer.name.lower(),
            "from": row.origin.place,
            "line": row.origin.line,
        }
        for row in config_rows(loaded)
    }
    tables = {
        "mcp": {server.name: str(server.origin) for server in loaded.tables.servers},
        "hooks": {hook.name: str(hook.origin) for hook in loaded.tables.hooks},
    }
    files = [{"path": str(path), "found": path.is_file()} for path in loaded.files]
    return json.dumps({"settings": settings, **tables, "trusted": loaded.trusted, "files": files}, indent=2)


def config_table(loaded: Loaded) -> "Group":
    """A rich table of all settings: what was set stands out, what is a default is dim."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", overflow="fold")
    before = ""
    for row in config_rows(loaded):
        section = row.key.partition(".")[0]
        if before and section != before:
            table.add_row()
        before = section
        style = "dim" if row.origin.layer is Layer.DEFAULT else ""
        table.add_row(Text(row.key), Text(_in_words(row.value)), Text(str(row.origin)), style=style)
    for server in loaded.tables.servers:
        what = server.settings.url or " ".join((server.settings.command, *server.settings.args))
        table.add_row(Text(f"mcp.{server.name}"), Text(_without_password(what)), Text(str(server.origin)))
    for hook in loaded.tables.hooks:
        table.add_row(Text(f"hooks.{hook.name}"), Text(hook.settings.command), Text(str(hook.origin)))
    looked = [Text(f"{'read' if path.is_file() else 'not there'}: {path}", style="dim") for path in loaded.files]
    return Group(table, Text(), *looked)


def shown(value: object) -> Plain:
    """A setting's value as it may be shown and stored."""
    match value:
        case SecretStr():
            return "********" if value.get_secret_value() else ""
        case Path():
            return str(value)
        case tuple():
            return [str(item) for item in value]
        case str():
            return _without_password(value)
        case bool() | int() | float() | None:
            return value
        case _:
            raise TypeError(f"no way to show a {type(value).__name__}")


def _without_password(text: str) -> str:
    if "://" not in text or "@" not in text:
        return text
    parts = urlsplit(text)
    return urlunsplit(parts._replace(netloc=f"********@{parts.netloc.rpartition('@')[2]}"))


def _in_words(value: Plain) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return "true" if value else "false"
        case list():
            return "\n".join(value) or "-"
        case _:
            return str(value)
