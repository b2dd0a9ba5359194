"""A real MCP server, written with the package: honest tools, and some that hang, die and lie.

python mcp_stand.py            speaks on standard input and output
python mcp_stand.py http PORT  speaks streamable HTTP
"""

import os
import sys
import time
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import ToolAnnotations

server = MCPServer("stand")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def look(what: str) -> str:
    """Only reads."""
    return f"{what} is there"


@server.tool()
def add(a: int, b: int) -> str:
    """Add two numbers."""
    return f"{a + b} in {os.environ.get('STAND_MOOD', 'no mood')}"


@server.tool()
async def slowly(ctx: Context[Any]) -> str:
    """Tells its progress."""
    await ctx.report_progress(1, 2, "half way")
    return "there"


@server.tool()
def hang() -> str:
    """Never answers."""
    time.sleep(60)
    return "late"


@server.tool()
def pid() -> str:
    """Which process it is."""
    return str(os.getpid())


@server.tool()
def die() -> str:
    """Ends the whole server."""
    print("I die", file=sys.stderr, flush=True)
    os._exit(3)


@server.tool()
def fail() -> str:
    """Raises."""
    raise ValueError("it is broken")


@server.tool()
def long(characters: int) -> str:
    """Says a lot."""
    return "x" * characters


@server.resource("stand://motto")
def motto() -> str:
    """What it stands for."""
    return "slow and steady"


@server.prompt()
def review(file: str) -> str:
    """Ask for a review."""
    return f"Please review {file}."


if __name__ == "__main__":
    if sys.argv[1:2] == ["http"]:
        server.run("streamable-http", port=int(sys.argv[2]), host="127.0.0.1")
    else:
        server.run()
