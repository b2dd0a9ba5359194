"""Commands of the user's that run on this machine: before a tool, after it, and at the end of a turn.

`run.py` runs one; `hooks.py` puts them into a conversation.
"""
