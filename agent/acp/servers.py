"""MCP servers that an editor hands over with a session."""

from collections.abc import Iterable

from acp.schema import HttpMcpServer, McpServerStdio

from agent.config.named import Named
from agent.config.named_settings import ServerSettings
from agent.config.origin import Layer, Origin

EDITOR = Origin(Layer.FLAG, "the editor")


def servers_of(given: Iterable[object]) -> tuple[Named[ServerSettings], ...]:
    """Those of the kinds that Mimosa speaks to: programs, and streamable HTTP. Their values stand in no file, so a
    secret among them is none of the configuration's business."""
    return tuple(named for server in given if (named := _named(server)))


def _named(server: object) -> Named[ServerSettings] | None:
    match server:
        case McpServerStdio(name=name, command=command, args=args, env=env):
            variables = {variable.name: variable.value for variable in env}
            settings = ServerSettings.model_construct(command=command, args=tuple(args), env=variables)
        case HttpMcpServer(name=name, url=url, headers=headers):
            settings = ServerSettings.model_construct(
                url=url, headers={header.name: header.value for header in headers}
            )
        case _:
            return None
    return Named(name, settings, EDITOR)
