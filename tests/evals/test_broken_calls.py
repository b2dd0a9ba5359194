"""A call that no tool could take is counted; one that a tool said no to is not."""

import json

import pytest
from sessions_of_calls import session, shell

from agent import events as ev
from evals.reports.broken import broken_calls
from model_runtime.base import ToolSchema
from model_runtime.messages import ToolCall, ToolMessage


def with_calls(*calls: tuple[str, str]) -> tuple[ev.Record, ...]:
    records = list(session(shell("ls")))
    start = records[0].event
    assert isinstance(start, ev.SessionStarted)
    bash = ToolSchema(name="bash", description="", parameters={})
    records[0] = records[0].model_copy(update={"event": start.model_copy(update={"tools": (bash,)})})
    for number, (name, arguments) in enumerate(calls):
        call = ToolCall(id=f"x{number}", name=name, arguments=arguments)
        message = ToolMessage(content="no", tool_call_id=call.id)
        event = ev.ToolFinished(call=call, message=message, is_error=True, seconds=0.1)
        records.append(records[-1].model_copy(update={"event": event}))
    return tuple(records)


@pytest.mark.parametrize(
    ("call", "broken"),
    [
        (("bsh", '{"command": "ls"}'), 1),
        (("bash", '{"comand": "ls"}'), 1),
        (("bash", "ls -l"), 1),
        (("bash", json.dumps({"command": "false"})), 0),
    ],
)
def test_what_counts_as_broken(call: tuple[str, str], broken: int) -> None:
    assert broken_calls(with_calls(call)) == broken


def test_a_call_in_the_text_counts_and_other_repairs_do_not() -> None:
    records = list(with_calls())
    for kind in ("call_in_content", "call_id"):
        event = ev.ReplyRepaired(kind=kind, detail="")
        records.append(records[-1].model_copy(update={"event": event}))
    assert broken_calls(records) == 1
