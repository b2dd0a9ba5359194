"""The Agent Client Protocol: an editor talks to Mimosa over standard input and output
(agentclientprotocol.com)."""
