from collections.abc import Awaitable, Callable
from typing import Annotated

from pydantic import Field

from tools.base import Arguments, ToolContext, ToolResult
from tools.description import load_description
from tools.interruption import Interruption

Present = Callable[[str], Awaitable[ToolResult]]
"""Shows a plan to whoever decides on it; gives what the model is told."""


class PlanArguments(Arguments):
    plan: Annotated[str, Field(min_length=1)]


class PlanTool:
    """What presenting means is for whoever has the user before them."""

    name = "plan"
    arguments: type[Arguments] = PlanArguments
    example = '{"plan": "1. Keep the last field in parse(). 2. Add a test for it."}'

    def __init__(self, present: Present) -> None:
        self.description = load_description("tools.plan")
        self._present = present
        self._interruption = Interruption()

    async def run(self, arguments: PlanArguments, context: ToolContext) -> ToolResult:  # noqa: ARG002
        async def presented() -> ToolResult:
            return await self._present(arguments.plan)

        return await self._interruption.run(presented())

    def interrupt(self) -> None:
        self._interruption.interrupt()
