"""`mimosa bench serve`: how fast a model's server is for agents, measured with sessions that were recorded."""
