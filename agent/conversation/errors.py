"""What cannot be done in a conversation now, in words for whoever asked."""

from agent.errors import AgentError


class Busy(AgentError):
    """A turn goes on."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} has to wait: the agent works. Interrupt it first, or wait for the end of the turn."
        )


class CannotRewind(AgentError):
    """There is no such way back, or forth."""


class NoSuchChange(AgentError):
    """A file or a part of one was named that has no changes."""


class NothingSaid(AgentError):
    """The conversation has not begun."""
