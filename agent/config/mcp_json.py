"""`.mcp.json` in a repository's top folder: MCP servers as several editors and agents share them.

{"mcpServers": {"NAME": {"command": …, "args": […], "env": {…}}, "OTHER": {"type": "http", "url": …}}}
"""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from agent.config.named import NAME, Named
from agent.config.named_settings import ServerSettings
from agent.config.origin import Layer, Origin
from agent.inside import OutsideTree, read_inside

FILE = ".mcp.json"
_LARGEST = 1 << 20  # bytes
_KEYS = ("command", "args", "env", "url", "headers")


def servers_of_mcp_json(repository: Path) -> tuple[tuple[Named[ServerSettings], ...], tuple[str, ...]]:
    """The servers, and what is to be told of those that cannot be used. The file belongs to other programs too, so
    what Mimosa does not know in it is no error."""
    try:
        text = read_inside(repository, FILE, _LARGEST).text
        document = json.loads(text)
        tables = document.get("mcpServers", {})
        items = list(tables.items())
    except FileNotFoundError:
        return (), ()
    except (OSError, OutsideTree, ValueError, AttributeError) as error:
        return (), (f"{repository / FILE} is not used: {error}",)
    servers, notes = [], []
    for name, table in items:
        try:
            servers.append(Named(name, _settings(name, table), Origin(Layer.PROJECT, str(repository / FILE))))
        except (TypeError, ValueError) as error:
            notes.append(f"{repository / FILE}: the server {name!r} is not used: {error}")
    return tuple(servers), tuple(notes)


def _settings(name: str, table: object) -> ServerSettings:
    """Raises TypeError and ValueError with the reason."""
    if not NAME.fullmatch(name):
        raise ValueError("its name has more than letters, digits, - and single _")
    if not isinstance(table, Mapping):
        raise TypeError("it is not a table")
    if table.get("type") == "sse":
        raise ValueError("it speaks the old SSE transport; only stdio and streamable HTTP are spoken here")
    try:
        known = {key: table[key] for key in _KEYS if key in table}
        return ServerSettings.model_validate({**known, "enabled": table.get("disabled") is not True})
    except ValidationError as invalid:
        error = invalid.errors()[0]
        where = ".".join(str(part) for part in error["loc"])
        raise ValueError(f"{where}: {error['msg']}" if where else str(error["msg"])) from None
