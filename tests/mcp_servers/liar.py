"""A real MCP server that lies: schemas that are none, and results that are not what it announced."""

import asyncio
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool

LOOP = {"type": "object", "properties": {"x": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"$ref": "#/$defs/x"}}}
BOMB = {
    "type": "object",
    "properties": {"a": {"$ref": "#/$defs/a0"}},
    "$defs": {
        **{f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 9} for n in range(9)},
        "a9": {"type": "string"},
    },
}
OUTPUT = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
TOOLS = [
    Tool(name="an odd name!", input_schema={"type": "object"}),
    Tool(
        name="honest", input_schema={"type": "object", "properties": {"title": {"type": "string", "title": "T"}}}
    ),
    Tool(name="loop", input_schema=LOOP),
    Tool(name="bomb", input_schema=BOMB),
    Tool(name="not_properties", input_schema={"type": "object", "properties": ["a"]}),
    Tool(name="elsewhere", input_schema={"type": "object", "properties": {"a": {"$ref": "http://x/y"}}}),
    Tool(name="huge", input_schema={"type": "object", "properties": {f"p{n}": {} for n in range(5000)}}),
    Tool(name="half", description="d" * 9000, input_schema={"type": "object"}, output_schema=OUTPUT),
]


async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
    return ListToolsResult(tools=TOOLS)


async def call_tool(_context: Any, _params: Any) -> CallToolResult:
    return CallToolResult(content=[TextContent(text="here")], structured_content={"n": "not a number"})


async def main() -> None:
    server = Server("liar", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


asyncio.run(main())
