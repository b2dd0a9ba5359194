"""Errors of the harness. A model's failure is never one of them: that is a result."""

from agent.errors import AgentError


class EvalError(AgentError):
    """A data set, a run folder or an option cannot be used. `exit_code` 2."""

    exit_code = 2


class EvalInfrastructure(AgentError):
    """Image, engine, network, server or the host's memory failed: worth another attempt, and never the model's
    failure. `what` is a short stable name for the report."""

    exit_code = 75

    def __init__(self, what: str, message: str) -> None:
        super().__init__(message)
        self.what = what
