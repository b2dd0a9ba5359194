"""Questions of the permissions, asked in the editor."""

from typing import TYPE_CHECKING, Protocol

from acp import text_block, tool_content
from acp.schema import AllowedOutcome, PermissionOption, RequestPermissionResponse, ToolCallUpdate

from agent.acp.calls import CallView
from agent.permission.base import Answer, PermissionRequest

if TYPE_CHECKING:
    from typing import Any

ALLOW, REFUSE, PATTERN = "allow", "refuse", "pattern:"


class Client(Protocol):
    """The part of the editor's side that is used here."""

    async def request_permission(
        self, session_id: str, tool_call: ToolCallUpdate, options: list[PermissionOption], **kwargs: "Any"
    ) -> RequestPermissionResponse: ...


class EditorAsker:
    """An Asker. The editor offers once, one option a pattern, and no; a reason it cannot give."""

    def __init__(self, client: Client, session: str, view: CallView) -> None:
        self._client = client
        self._session = session
        self._view = view

    async def ask(self, request: PermissionRequest) -> Answer:
        call = request.call
        shown = ToolCallUpdate(
            tool_call_id=call.id,
            title=self._view.title(call),
            kind=self._view.kind(call),
            status="pending",
            content=[tool_content(text_block(f"{request.detail}\n\n{request.why}"))],
            locations=self._view.locations(call),
            raw_input=self._view.input(call),
        )
        reply = await self._client.request_permission(self._session, shown, options_of(request))
        match reply.outcome:
            case AllowedOutcome(option_id=option) if option == ALLOW:
                return Answer(allowed=True)
            case AllowedOutcome(option_id=option) if option.startswith(PATTERN):
                return Answer(allowed=True, pattern=option.removeprefix(PATTERN))
            case _:
                return Answer(allowed=False, reason="the user said no in the editor.")


def options_of(request: PermissionRequest) -> list[PermissionOption]:
    """What the user can choose from, the narrowest permission first."""
    always = [
        PermissionOption(option_id=PATTERN + pattern, name=f"Allow {pattern} in this session", kind="allow_always")
        for pattern in request.patterns
    ]
    once = PermissionOption(option_id=ALLOW, name="Allow once", kind="allow_once")
    return [once, *always, PermissionOption(option_id=REFUSE, name="Refuse", kind="reject_once")]
