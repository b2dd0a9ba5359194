"""Small watchers of one turn; `agent.guards.standard` lists those of every session."""
