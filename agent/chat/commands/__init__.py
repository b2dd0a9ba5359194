"""Slash commands: a module a group. `base.py` says what one is; `registry.py` knows them all."""
