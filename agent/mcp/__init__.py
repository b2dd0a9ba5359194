"""MCP servers: programs and addresses that bring tools, resources and prompts (modelcontextprotocol.io).

`server.py` is one connection, `servers.py` all of a conversation, `tool.py` what the model calls. The `mcp`
package does the talking, and is imported only where there is a server, in a thread: it takes seconds.
"""
