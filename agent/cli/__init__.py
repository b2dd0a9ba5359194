"""The command line: a module a group of commands, one short function a command; what is heavy it imports late."""

from agent.cli.entry import main

__all__ = ["main"]
