"""Calls that no tool could take: an unknown name, arguments that are none, or one that stood in the text."""

from collections.abc import Sequence

from agent.events import Record, ReplyRepaired, SessionStarted, ToolFinished
from model_runtime.messages import ToolCall
from tools.arguments import BadArguments, parse_arguments
from tools.standard import standard_tools

IN_TEXT = "call_in_"
"""How the repairs are named that find a call where none belongs (`model_runtime.repairs.misplaced`)."""


def broken_calls(records: Sequence[Record]) -> int:
    """How many there were in a session. What a tool said no to, such as an edit that fits nowhere, is none."""
    events = [record.event for record in records]
    offered = {tool.name for event in events if isinstance(event, SessionStarted) for tool in event.tools}
    failed = [event.call for event in events if isinstance(event, ToolFinished) and event.is_error]
    found = sum(isinstance(event, ReplyRepaired) and event.kind.startswith(IN_TEXT) for event in events)
    return found + sum(_is_broken(call, offered) for call in failed)


def _is_broken(call: ToolCall, offered: set[str]) -> bool:
    name = call.name.strip()
    if name not in offered:
        return True
    tool = next((tool for tool in standard_tools() if tool.name == name), None)
    if tool is None:
        return False
    try:
        parse_arguments(tool, call.arguments)
    except BadArguments:
        return True
    return False
