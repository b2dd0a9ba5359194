"""Plan mode of one conversation, on top of its permissions.

The model learns of it from messages, and the head stays as it is. The log has these messages, and the plan that
was accepted, so a session that goes on knows whether it is in plan mode.
"""

import json
import secrets
from collections.abc import Iterable, Sequence

from agent.events import BaseEvent, ToolFinished, UserSaid
from agent.permission.base import Effect, PermissionRequest
from agent.permission.permissions import Permissions
from model_runtime.messages import ToolCall
from prompts.render import render
from tools.base import ToolResult

LOCKED = "plan mode: only reading goes until the user has accepted your plan. Present it with the plan tool."
ACCEPTED = "The plan is accepted. Carry it out."
NOT_PLANNING = "The session is not in plan mode: nobody waits for a plan. Go on with the work."


class PlanMode:
    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions

    @property
    def active(self) -> bool:
        return bool(self._permissions.locked)

    def enter(self) -> str:
        """From here on the model only reads. Returns what it is to be told."""
        self._permissions.locked = LOCKED
        return render("plan_begins")

    def leave(self) -> str:
        """The user calls it off. Returns what the model is to be told."""
        self._permissions.locked = ""
        return render("plan_ends")

    def bring_back(self, events: Sequence[BaseEvent]) -> None:
        """Be in plan mode if the session was, after `events`, those of its log that count."""
        self._permissions.locked = LOCKED if planning_after(events) else ""

    async def present(self, plan: str) -> ToolResult:
        """Show a plan to the user. Where nobody can be asked, the plan is what the turn was for, and ends it."""
        if not self.active:
            return ToolResult(NOT_PLANNING, is_error=True)
        if self._permissions.asker is None:
            return ToolResult(plan, ends_turn=True)
        call = ToolCall(id=f"plan-{secrets.token_hex(4)}", name="plan", arguments=json.dumps({"plan": plan}))
        answer = await self._permissions.asker.ask(
            PermissionRequest(call, Effect.CHANGES, "carry out this plan", plan, "Until then it only reads.")
        )
        if answer.allowed:
            self._permissions.locked = ""
            return ToolResult(ACCEPTED)
        words = f": {answer.reason}" if answer.reason else ". Ask what should be different, or present another."
        return ToolResult(f"The user does not accept the plan{words}", is_error=True)


def planning_after(events: Iterable[BaseEvent]) -> bool:
    """Whether a session is in plan mode after these events."""
    begins, ends = render("plan_begins"), render("plan_ends")
    planning = False
    for event in events:
        match event:
            case UserSaid(by="mimosa", message=message) if begins in message.content or ends in message.content:
                # Several things may be said in one message; the last of them counts.
                planning = message.content.rfind(begins) > message.content.rfind(ends)
            case ToolFinished(call=call, message=message) if call.name.strip() == "plan":
                planning = planning and message.content != ACCEPTED
    return planning
