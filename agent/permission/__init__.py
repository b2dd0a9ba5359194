"""What the agent may do without asking, what it must ask for, and what it may not do at all."""
