"""A tool of an MCP server, as the model calls it."""

import asyncio
from typing import Any

from agent.mcp.server import McpServer, ServerFailed
from agent.mcp.words import bounded, result_words
from tools.base import Arguments, ToolContext, ToolResult
from tools.foreign import ForeignArguments, foreign_arguments, foreign_example
from tools.interruption import Interruption

GONE = (
    "This tool's server is not there in this part of the session. "
    "Go on without it, or say in your answer what it was needed for."
)


class McpTool:
    """`server` is None where the head of a session that goes on names a tool whose server did not start: the
    call is then answered with words. only_reads: its server says that it changes nothing."""

    def __init__(
        self,
        name: str,
        description: str,
        schema: dict[str, Any],
        server: McpServer | None,
        tool: str,
        timeout: float,
        *,
        only_reads: bool = False,
    ) -> None:
        self.name = name
        self.only_reads = only_reads
        self.description = description
        self.arguments: type[Arguments] = foreign_arguments(schema)
        self.example = foreign_example(schema)
        self._server = server
        self._tool = tool
        self._timeout = timeout
        self._interruption = Interruption()

    async def run(self, arguments: ForeignArguments, context: ToolContext) -> ToolResult:
        if self._server is None:
            return ToolResult(GONE, is_error=True)
        return await self._interruption.run(self._call(self._server, arguments, context))

    def interrupt(self) -> None:
        self._interruption.interrupt()

    async def _call(self, server: McpServer, arguments: ForeignArguments, context: ToolContext) -> ToolResult:
        try:
            async with asyncio.timeout(self._timeout):
                result = await server.call(self._tool, arguments.given, context.watch)
        except TimeoutError:
            return ToolResult(
                f"{self.name} did not answer within {self._timeout:g} s; it may still be at work.", is_error=True
            )
        except ServerFailed as failed:
            return ToolResult(str(failed), is_error=True)
        return ToolResult(await bounded(result_words(result), context.sandbox), is_error=result.is_error)
