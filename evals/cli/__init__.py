"""The command line of `mimosa eval`: a module a group of commands, plugged in by an entry point."""

from evals.cli.app import app

__all__ = ["app"]
