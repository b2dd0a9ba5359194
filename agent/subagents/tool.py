import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from agent.subagents.definitions import AgentKind
from agent.subagents.shared_shell import SharedShell
from agent.subagents.work import Employer, Work
from tools.base import Arguments, Tool, ToolContext, ToolResult
from tools.description import load_description
from tools.interruption import Interruption
from tools.refused import Refused

NOT_FOR_SUBAGENTS = {
    "task": "You are a subagent, and cannot start another: do it yourself.",
    "plan": "You are a subagent: nobody waits for a plan of yours. Do the work, or report what you would do.",
}
"""Tools of the conversation that a subagent has in its head alone, and what it is told there."""

MOST_AT_ONCE = 4
"""Subagents of one reply that work at the same time."""
GENERAL = AgentKind("general", "no instructions beside the task", "")


class TaskArguments(Arguments):
    task: Annotated[str, Field(min_length=1)]
    agent: str | None = None


class TaskTool:
    """Gives a piece of work to a subagent, of one of `kinds` or a general one. A subagent has this tool in its
    head as well, so it is the last of them all, after those of `employer`."""

    name = "task"
    side_by_side = MOST_AT_ONCE
    arguments: type[Arguments] = TaskArguments
    example = '{"task": "Find every place that parses dates. Report file, line and format."}'

    def __init__(self, kinds: Sequence[AgentKind], employer: Employer) -> None:
        self.description = load_description("agent.subagents", kinds=_listed(kinds))
        self._kinds = {kind.name: kind for kind in kinds}
        self._employer = replace(employer, tools=_for_subagents((*employer.tools, self)))
        self._shell = SharedShell(employer.room.sandbox)
        self._works: set[Work] = set()
        self._interruption = Interruption()
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self, arguments: TaskArguments, context: ToolContext) -> ToolResult:
        kind = self._kinds.get(arguments.agent) if arguments.agent else GENERAL
        if kind is None:
            known = ", ".join(self._kinds) or "none; leave `agent` out"
            return ToolResult(f"There is no agent {arguments.agent!r}. Known: {known}.", is_error=True)
        work = Work(self._employer, arguments.task, kind, self._shell, context.watch)
        self._works.add(work)
        try:
            return await self._interruption.run(work.run())
        finally:
            self._works.discard(work)

    def interrupt(self) -> None:
        """Each piece of work ends in order, and reports what it has."""
        for work in self._works:
            task = asyncio.create_task(self._end(work))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, work: Work) -> None:
        if not await work.interrupt():
            self._interruption.interrupt()


def _for_subagents(tools: Sequence[Tool]) -> tuple[Tool, ...]:
    return tuple(
        Refused(tool, NOT_FOR_SUBAGENTS[tool.name]) if tool.name in NOT_FOR_SUBAGENTS else tool for tool in tools
    )


def _listed(kinds: Sequence[AgentKind]) -> str:
    if not kinds:
        return "- `agent` is left out: there is one kind of subagent."
    lines = "\n".join(f"  - {kind.name}: {kind.description}" for kind in kinds)
    return f"- `agent` names a kind of subagent; left out, it is a general one. Known kinds:\n{lines}"
