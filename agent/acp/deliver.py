"""The changes of a turn, on their way into the user's files: shown in the editor as diffs, applied if wanted."""

import secrets
from collections.abc import AsyncGenerator

from acp import start_tool_call, text_block, tool_content, update_agent_message_text, update_tool_call
from acp.schema import AllowedOutcome, PermissionOption, ToolCallUpdate

from agent.acp.calls import CallView
from agent.acp.permission import ALLOW, REFUSE, Client
from agent.acp.updates import Update
from agent.conversation.files import Files
from agent.export.words import plural

OPTIONS = [
    PermissionOption(option_id=ALLOW, name="Apply to my files", kind="allow_once"),
    PermissionOption(option_id=REFUSE, name="Not now", kind="reject_once"),
]
LEFT = "The changes stay in the sandbox. They are offered again after the next turn."


async def offer(files: Files, view: CallView, client: Client, session: str) -> AsyncGenerator[Update, None]:
    """Ask whether what is not applied yet is to be, and do it; nothing where nothing waits, or where it is applied
    anyway. Raises SandboxError."""
    if files.auto_apply or not files.changed:
        return
    call_id, title = f"apply-{secrets.token_hex(4)}", f"Apply {plural(files.changed, 'changed file')}"
    diffs = view.diffs((await files.diff()).decode("utf-8", "replace"))
    yield start_tool_call(call_id, title, kind="edit", status="pending", content=diffs)
    asked = ToolCallUpdate(tool_call_id=call_id, title=title, kind="edit", status="pending", content=diffs)
    reply = await client.request_permission(session, asked, OPTIONS)
    if not (isinstance(reply.outcome, AllowedOutcome) and reply.outcome.option_id == ALLOW):
        yield update_tool_call(call_id, status="failed", content=[tool_content(text_block(LEFT))])
        return
    applied = await files.apply()
    yield update_tool_call(call_id, status="completed" if applied.paths else "failed")
    for path, reason in applied.conflicts.items():
        yield update_agent_message_text(f"\n{path} waits for your decision: {reason}\n")
