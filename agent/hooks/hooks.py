"""The hooks of one conversation: a gate before tools, a guard after them, and a word at the end of a turn."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from agent.approval import Decision
from agent.config.named import Named
from agent.config.named_settings import HookSettings, Moment
from agent.events import TurnEnded
from agent.guards.base import Guard, Notice
from agent.hooks.run import Outcome, run_hook
from model_runtime.messages import ToolCall
from tools.base import ToolResult

ROUNDS = 3
"""How often in a row the hooks at the end of a turn may make the model go on."""
MOST_RESULT = 30_000
"""Characters of a tool's result that a hook is told."""

Hook = Named[HookSettings]


@dataclass(frozen=True)
class Surroundings:
    """What every hook is told: the session's id, and the repository, in whose folder it runs."""

    session: str
    repository: Path


class Hooks:
    """`tell` gets the name of a hook that itself fails, and a line for the user."""

    def __init__(self, hooks: Sequence[Hook], around: Surroundings, tell: Callable[[str, str], None]) -> None:
        self.all = tuple(hooks)
        self._around = around
        self._tell = tell
        self._rounds = 0

    async def before(self, call: ToolCall) -> Decision:
        """An Approver: the first hook that refuses decides."""
        for hook in self._at("before_tool", call.name):
            outcome = await self._run(hook, _about(call))
            if outcome.refused:
                return Decision(allowed=False, reason=f"{outcome.refused} (hook {hook.name})")
            if outcome.failed and hook.settings.required:
                return Decision(allowed=False, reason=f"{outcome.failed}, and it must agree first")
        return Decision(allowed=True)

    def guards(self) -> tuple[Guard, ...]:
        """For one turn."""
        return (_AfterTool(self),) if any(hook.settings.on == "after_tool" for hook in self.all) else ()

    async def after(self, call: ToolCall, result: ToolResult) -> str:
        """What hooks that refuse want the model to know of a result, "" for nothing."""
        told = {
            **_about(call),
            "result": result.content[:MOST_RESULT],
            "is_error": result.is_error,
            "exit_code": result.command.exit_code if result.command else None,
            "diff": result.diff[:MOST_RESULT],
        }
        words = []
        for hook in self._at("after_tool", call.name):
            outcome = await self._run(hook, told)
            if outcome.refused:
                words.append(f"hook {hook.name}: {outcome.refused}")
        return "\n".join(words)

    async def ended(self, end: TurnEnded) -> str:
        """What the model is told so that it goes on, "" if the turn may end. Only a turn that the model itself
        ended can go on, and not more than ROUNDS times in a row."""
        words, refusing = [], ""
        for hook in self._at("turn_end"):
            outcome = await self._run(hook, {"reason": end.reason, "detail": end.detail})
            if outcome.refused:
                refusing = refusing or hook.name
                words.append(f"The turn is not over yet. Hook {hook.name} says: {outcome.refused}")
        if not words or end.reason not in ("finished", "answered"):
            self._rounds = 0
            return ""
        self._rounds += 1
        if self._rounds > ROUNDS:
            self._rounds = 0
            self._tell(
                refusing, f"the turn ends although a hook refuses it for the {ROUNDS + 1}th time: {words[0]}"
            )
            return ""
        return "\n\n".join(words)

    def _at(self, moment: Moment, tool: str = "") -> list[Hook]:
        return [
            hook
            for hook in self.all
            if hook.settings.on == moment
            and (not tool or any(fnmatchcase(tool.strip(), pattern) for pattern in hook.settings.tools))
        ]

    async def _run(self, hook: Hook, more: dict[str, object]) -> Outcome:
        told = {
            "hook": hook.name,
            "on": hook.settings.on,
            "session": self._around.session,
            "repository": str(self._around.repository),
            **more,
        }
        outcome = await run_hook(hook, told, self._around.repository)
        if outcome.failed:
            self._tell(hook.name, outcome.failed)
        return outcome


class _AfterTool(Guard):
    name = "hooks"

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    async def after(self, call: ToolCall, result: ToolResult) -> Notice | None:
        words = await self._hooks.after(call, result)
        return Notice(self.name, words) if words else None


def _about(call: ToolCall) -> dict[str, object]:
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = call.arguments
    return {"tool": call.name.strip(), "call_id": call.id, "arguments": arguments}
