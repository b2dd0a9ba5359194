import asyncio
from collections.abc import Mapping

from agent.mcp.server import McpServer, ServerFailed
from agent.mcp.words import bounded, resource_words
from tools.base import Arguments, ToolContext, ToolResult
from tools.description import load_description

MOST_LISTED = 200


class ResourceArguments(Arguments):
    server: str
    uri: str | None = None


class ResourceTool:
    """Lists the resources of a server, and reads them."""

    name = "mcp_resource"
    arguments: type[Arguments] = ResourceArguments
    example = '{"server": "docs", "uri": "docs://index"}'

    def __init__(self, servers: Mapping[str, McpServer], timeout: float) -> None:
        self._servers = servers
        self._timeout = timeout
        self.description = load_description("agent.mcp.resource", servers=", ".join(servers))

    async def run(self, arguments: ResourceArguments, context: ToolContext) -> ToolResult:
        server = self._servers.get(arguments.server)
        if server is None:
            known = ", ".join(self._servers) or "none"
            return ToolResult(f"No server {arguments.server!r} has resources; known: {known}.", is_error=True)
        if arguments.uri is None:
            return ToolResult(_listed(server))
        uri = arguments.uri
        try:
            async with asyncio.timeout(self._timeout):
                result = await server.ask(lambda client: client.read_resource(uri))
        except TimeoutError:
            return ToolResult(f"{server.name} did not answer within {self._timeout:g} s.", is_error=True)
        except ServerFailed as failed:
            return ToolResult(str(failed), is_error=True)
        return ToolResult(await bounded(resource_words(result), context.sandbox))


def _listed(server: McpServer) -> str:
    resources = server.offer.resources
    lines = [
        f"{resource.uri}  {resource.name}{f': {resource.description}' if resource.description else ''}"
        for resource in resources[:MOST_LISTED]
    ]
    more = len(resources) - MOST_LISTED
    return "\n".join([*lines, *([f"… and {more} more"] if more > 0 else [])]) or "(none)"
