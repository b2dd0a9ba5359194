"""Decides on every call of a conversation: by the mode, by rules, or by asking."""

from collections.abc import Mapping

from agent.approval import Decision
from agent.permission.base import Answer, Asker, Effect, Mode, PermissionRequest
from model_runtime.messages import ToolCall

STANDARD: dict[str, Effect] = {
    "bash": Effect.CHANGES,
    "job_output": Effect.READS,
    "job_kill": Effect.READS,  # it ends only what the agent itself began
    "str_replace": Effect.CHANGES,
    "patch": Effect.CHANGES,
    "finish": Effect.READS,
}


class Permissions:
    """The loop's Approver. `mode` may be changed at any time and counts from the next call on. `asker` None:
    there is nobody to ask, and what would be asked is refused in words.

    `locked` holds a reason while nothing but reading goes, whatever the mode says: plan mode sets and clears
    it.
    """

    def __init__(self, mode: Mode = "ask", asker: Asker | None = None) -> None:
        self.mode: Mode = mode
        self.asker = asker
        self.locked = ""
        self._effects = dict(STANDARD)

    def know(self, effects: Mapping[str, Effect]) -> None:
        """Take in the effects of further tools, by name."""
        self._effects.update(effects)

    async def __call__(self, call: ToolCall) -> Decision:
        effect = self._effects.get(call.name.strip(), Effect.LEAVES)
        if effect is Effect.READS:
            return Decision(allowed=True)
        if self.locked:
            return Decision(allowed=False, reason=self.locked)
        if self.mode == "read-only":
            return Decision(allowed=False, reason="the session is read-only, and this would change something.")
        if self.mode == "auto" and effect is Effect.CHANGES:
            return Decision(allowed=True)
        return await self._ask(PermissionRequest(call, effect, call.name, call.arguments, effect.value))

    async def _ask(self, request: PermissionRequest) -> Decision:
        if self.asker is None:
            return Decision(allowed=False, reason=f"it {request.why}, and nobody is here to be asked.")
        answer: Answer = await self.asker.ask(request)
        return Decision(answer.allowed, answer.reason)
