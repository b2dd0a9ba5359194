"""Resources of MCP servers: texts that they hold ready."""
