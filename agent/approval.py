"""Who decides whether a call may run."""

from dataclasses import dataclass
from typing import Protocol

from model_runtime.messages import ToolCall


@dataclass(frozen=True)
class Decision:
    """`reason` is told to the model when the call may not run."""

    allowed: bool
    reason: str = ""


class Approver(Protocol):
    async def __call__(self, call: ToolCall) -> Decision:
        """Decide on one call, just before it would run; may wait for a person."""
        ...


class AllowAll:
    """For a sandbox that holds nothing but a copy, and nobody to ask."""

    async def __call__(self, call: ToolCall) -> Decision:  # noqa: ARG002 - the Protocol's signature
        return Decision(allowed=True)
