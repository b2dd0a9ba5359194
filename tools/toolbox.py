"""The tools of one session: what the model is told of them, and how its calls reach them."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.base import Sandbox
from sandbox.errors import SandboxDied
from tools.arguments import BadArguments, parse_arguments
from tools.base import Interruptible, SideBySide, Tool, ToolContext, ToolResult
from tools.schema import parameters_schema

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ToolSpec:
    """One tool as the model sees it. `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


class Toolbox:
    """Calls tools by name. Whatever is wrong with a call comes back as text for the model, never as an
    exception; only SandboxDied and CancelledError pass."""

    def __init__(self, tools: Sequence[Tool], sandbox: Sandbox) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._sandbox = sandbox
        self.specs = tuple(
            ToolSpec(tool.name, tool.description, parameters_schema(tool.arguments)) for tool in tools
        )

    def interrupt(self, name: str) -> None:
        """Ask the calls of one tool that run now to end."""
        tool = self._tools.get(name.strip())
        if isinstance(tool, Interruptible):
            tool.interrupt()

    def side_by_side(self, name: str) -> int:
        """How many calls of a tool may run at once."""
        tool = self._tools.get(name.strip())
        return tool.side_by_side if isinstance(tool, SideBySide) else 1

    async def call(self, name: str, arguments: str, watch: Callable[[str], None]) -> ToolResult:
        """Run one call. `arguments` is the text of a JSON object; `watch` receives output while it runs."""
        tool = self._tools.get(name.strip())
        if tool is None:
            known = ", ".join(self._tools)
            return ToolResult(f"There is no tool named {name[:100]!r}. The tools are: {known}.", is_error=True)
        try:
            checked = parse_arguments(tool, arguments)
        except BadArguments as bad:
            return ToolResult(str(bad), is_error=True)
        try:
            return await tool.run(checked, ToolContext(self._sandbox, watch))
        except SandboxDied:
            raise
        except Exception as fault:
            # Broad, because a fault in one tool must not end a turn that the model can go on with by other means.
            log.exception("tool %s failed", tool.name)
            return ToolResult(f"{tool.name} failed: {type(fault).__name__}: {fault}", is_error=True)
