"""Serving a model on the local GPUs: what it needs, what is there, and the command that starts it."""
