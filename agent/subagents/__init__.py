"""Subagents: a piece of work for a fresh context, with limits of its own, that ends in a report.

`tool.py` is what the model calls, `work.py` one piece of work, `definitions.py` the user's own kinds of agents.
"""
