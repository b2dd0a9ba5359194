"""Whether a patch solves its instance: in a fresh container, never in the agent's."""
