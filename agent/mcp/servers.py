"""All MCP servers of a conversation: started side by side, asked for their tools once, ended together."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.named import Named
from agent.config.named_settings import ServerSettings
from agent.config.settings import ToolSettings
from agent.mcp.expand import NotSet, expanded
from agent.mcp.names import model_name, server_of
from agent.mcp.resource.tool import ResourceTool
from agent.mcp.schema import UnusableSchema, usable_description, usable_schema
from agent.mcp.server import McpServer, ServerFailed
from agent.mcp.tool import McpTool
from agent.mcp.words import prompt_words
from model_runtime.base import ToolSchema
from tools.base import Tool

if TYPE_CHECKING:
    from mcp_types import Prompt

MOST_TOOLS = 64
"""Of one server: each costs tokens in every request, and a model with hundreds of tools chooses badly."""


class McpServers:
    """Made with the tables that count. `notes` are lines for the user: who is not there, and what is not
    offered.

        servers = McpServers(loaded.tables.servers, settings.tools, repository, session_folder, os.environ)
        await servers.start()
        servers.tools()
        await servers.close()
    """

    def __init__(
        self,
        tables: Sequence[Named[ServerSettings]],
        settings: ToolSettings,
        repository: Path,
        folder: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.servers: dict[str, McpServer] = {}
        self.notes: list[str] = []
        self._settings = settings
        for table in tables:
            if not table.settings.enabled:
                continue
            try:
                settings_of_it = expanded(table.settings, environment)
            except NotSet as error:
                self.notes.append(f"MCP server {table.name} is not started: {error} ({table.origin})")
                continue
            log = folder / "mcp" / f"{table.name}.log"
            self.servers[table.name] = McpServer(table.name, settings_of_it, repository, log)

    async def start(self) -> None:
        """Start all of them side by side; none can take longer than its time."""
        await asyncio.gather(
            *(
                server.start(server.settings.start_timeout_s or self._settings.mcp_start_s)
                for server in self.servers.values()
            )
        )
        self.notes += [
            f"MCP server {server.name} is not there: {server.problem}"
            for server in self.servers.values()
            if server.state != "ready"
        ]

    async def restart(self, name: str) -> McpServer:
        """Start one anew. Its tools are called again; new ones join with the next session. Raises
        ServerFailed."""
        server = self.servers.get(name)
        if server is None:
            raise ServerFailed(f"There is no server {name!r}; known: {', '.join(self.servers) or 'none'}.")
        await server.close()
        await server.start(server.settings.start_timeout_s or self._settings.mcp_start_s)
        return server

    def tools(self, frozen: Sequence[ToolSchema] | None = None) -> tuple[Tool, ...]:
        """Every server's tools and, where one has resources, the tool that reads them. A session that goes on
        gives the tools of its head as `frozen`: it gets just those, with whoever answers them now."""
        offered = tuple(self._offered())
        if frozen is None:
            return offered
        by_name: dict[str, Tool] = {tool.name: tool for tool in offered}
        return tuple(
            by_name.get(schema.name) or self._missing(schema) for schema in frozen if self._is_ours(schema.name)
        )

    def prompts(self) -> tuple[tuple[str, "Prompt"], ...]:
        """Every prompt with its server's name."""
        return tuple((name, prompt) for name, server in self.servers.items() for prompt in server.offer.prompts)

    async def prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> str:
        """The text of a prompt, for the user to say. Raises ServerFailed."""
        if server not in self.servers:
            raise ServerFailed(f"There is no server {server!r}; known: {', '.join(self.servers) or 'none'}.")
        try:
            async with asyncio.timeout(self._settings.mcp_call_s):
                result = await self.servers[server].ask(lambda client: client.get_prompt(name, dict(arguments)))
        except TimeoutError:
            raise ServerFailed(f"{server} did not answer within {self._settings.mcp_call_s:g} s.") from None
        return prompt_words(result)

    async def close(self) -> None:
        """End all of them, side by side. Safe to call twice."""
        await asyncio.gather(*(server.close() for server in self.servers.values()))

    def _offered(self) -> list[Tool]:
        tools: list[Tool] = []
        for server in self.servers.values():
            tools += self._tools_of(server, {tool.name for tool in tools})
        with_resources = {name: server for name, server in self.servers.items() if server.offer.resources}
        if with_resources:
            tools.append(ResourceTool(with_resources, self._settings.mcp_call_s))
        return tools

    def _tools_of(self, server: McpServer, taken: set[str]) -> list[Tool]:
        tools: list[Tool] = []
        timeout = server.settings.call_timeout_s or self._settings.mcp_call_s
        for offered in server.offer.tools[:MOST_TOOLS]:
            name = model_name(server.name, offered.name, taken)
            try:
                schema = usable_schema(offered.input_schema)
            except UnusableSchema as why:
                self.notes.append(f"MCP server {server.name}: its tool {offered.name!r} is not offered: {why}")
                continue
            taken.add(name)
            description = usable_description(offered.description)
            reads = bool(offered.annotations and offered.annotations.read_only_hint)
            tools.append(McpTool(name, description, schema, server, offered.name, timeout, only_reads=reads))
        if len(server.offer.tools) > MOST_TOOLS:
            left = len(server.offer.tools) - MOST_TOOLS
            self.notes.append(f"MCP server {server.name}: {left} tools are not offered; {MOST_TOOLS} are")
        return tools

    def _missing(self, schema: ToolSchema) -> Tool:
        return McpTool(schema.name, schema.description, schema.parameters, None, "", self._settings.mcp_call_s)

    @staticmethod
    def _is_ours(name: str) -> bool:
        return bool(server_of(name)) or name == ResourceTool.name
