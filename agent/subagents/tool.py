import asyncio
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from agent.subagents.definitions import AgentKind
from agent.subagents.work import Employer, Work
from tools.base import Arguments, ToolContext, ToolResult
from tools.description import load_description
from tools.interruption import Interruption

NOT_FOR_SUBAGENTS = {
    "task": "You are a subagent, and cannot start another: do it yourself.",
    "plan": "You are a subagent: nobody waits for a plan of yours. Do the work, or report what you would do.",
}
"""Tools of the conversation that a subagent has in its head alone, and what it is told there."""

GENERAL = AgentKind("general", "no instructions beside the task", "")


class TaskArguments(Arguments):
    task: Annotated[str, Field(min_length=1)]
    agent: str | None = None


class TaskTool:
    """Gives a piece of work to a subagent. `kinds` are the agents that it can be given to, by name; `employer` is
    set once the conversation has all its tools."""

    name = "task"
    arguments: type[Arguments] = TaskArguments
    example = '{"task": "Find every place that parses dates. Report file, line and format."}'

    def __init__(self, kinds: Mapping[str, AgentKind]) -> None:
        self.kinds = dict(kinds)
        self.employer: Employer | None = None
        self.description = load_description("agent.subagents", kinds=_listed(self.kinds))
        self._works: set[Work] = set()
        self._interruption = Interruption()
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self, arguments: TaskArguments, context: ToolContext) -> ToolResult:
        assert self.employer is not None, "whoever assembles the conversation sets it"
        kind = self.kinds.get(arguments.agent) if arguments.agent else GENERAL
        if kind is None:
            known = ", ".join(self.kinds) or "none; leave `agent` out"
            return ToolResult(f"There is no agent {arguments.agent!r}. Known: {known}.", is_error=True)
        work = Work(self.employer, arguments.task, kind, context.watch)
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


def _listed(kinds: Mapping[str, AgentKind]) -> str:
    if not kinds:
        return "- `agent` is left out: there is one kind of subagent."
    lines = "\n".join(f"  - {kind.name}: {kind.description}" for kind in kinds.values())
    return f"- `agent` names a kind of subagent; left out, it is a general one. Known kinds:\n{lines}"
