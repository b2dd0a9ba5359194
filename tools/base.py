"""The contract of a tool: validated arguments in, one text for the model out. A tool never raises at the model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from sandbox.base import CommandResult, Sandbox


class Arguments(BaseModel):
    """Base of every tool's arguments: surplus fields are refused, and the model is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class ToolContext:
    """Where a call runs. `watch` receives output text while it runs, for whoever looks on."""

    sandbox: Sandbox
    watch: Callable[[str], None]


@dataclass(frozen=True)
class ToolResult:
    """What came of a call. `content` is exactly what the model reads; `diff` is a unified diff of the edit, for
    the screen; `command` holds the facts of a shell command; `ends_turn` is set by `finish` alone."""

    content: str
    is_error: bool = False
    ends_turn: bool = False
    diff: str = ""
    command: CommandResult | None = None


@runtime_checkable
class Interruptible(Protocol):
    """A tool that works by itself for long. What runs in the sandbox is ended there, without this."""

    def interrupt(self) -> None:
        """The user wants the calls that run to end, with what they have so far. Returns at once."""
        ...


@runtime_checkable
class SideBySide(Protocol):
    """A tool whose calls of one reply may run at the same time; `side_by_side` is how many of them."""

    side_by_side: int


class Tool(Protocol):
    name: str
    description: str
    arguments: type[Arguments]
    example: str
    """A right call's arguments, as JSON text: shown to the model when it gets them wrong."""

    async def run(self, arguments: Any, context: ToolContext) -> ToolResult:
        """Run with an instance of `arguments`. Raises only SandboxDied and CancelledError."""
        ...
