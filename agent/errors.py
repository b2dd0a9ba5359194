"""Errors of the agent itself, and the one tuple of all that the command line turns into an exit code."""

from model_runtime.errors import ModelError
from sandbox.errors import SandboxError


class AgentError(Exception):
    """Something in the agent failed. `exit_code` is what the program ends with if nobody handles it."""

    exit_code = 1


class UsageError(AgentError):
    """A wrong option, or a wrong value in a configuration file."""

    exit_code = 2


class SessionError(AgentError):
    """A session on disk is missing, unreadable, or in use."""

    exit_code = 2


MIMOSA_ERRORS = (AgentError, SandboxError, ModelError)

INTERRUPTED = 130
"""The exit code after a Ctrl-C."""
