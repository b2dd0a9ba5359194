"""Where commands run: Docker, or the bare host when the user insists. Knows nothing of agents."""
