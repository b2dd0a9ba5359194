"""Sessions that consist of tool calls, one a step."""

import json
from itertools import count

from agent import events as ev
from model_runtime.base import Usage
from model_runtime.messages import AssistantMessage, SystemMessage, ToolCall, ToolMessage

Call = tuple[str, str]
"""A tool's name and the text of its arguments."""


def shell(command: str) -> Call:
    return "bash", json.dumps({"command": command})


def edit(path: str, old: str, new: str) -> Call:
    return "str_replace", json.dumps({"path": path, "old_str": old, "new_str": new})


def session(*calls: Call, reads: int = 1000, task: str = "Mend it.") -> tuple[ev.Record, ...]:
    """The log of a session that made `calls` and stopped; each step reads `reads` tokens more than the last."""
    numbers = count()
    start = ev.SessionStarted(
        session="20261128-120000-abcd",
        command="eval",
        task=task,
        repository="/repo",
        commit="0" * 40,
        model="a-model",
        sandbox="docker",
        context_length=100_000,
        system=SystemMessage(content="You are an agent."),
        tools=(),
    )
    events: list[ev.Event] = [start]
    for step, (name, arguments) in enumerate(calls, start=1):
        call = ToolCall(id=f"call_{step}", name=name, arguments=arguments)
        usage = Usage(prompt_tokens=reads * step, completion_tokens=50, cached_tokens=reads * (step - 1))
        events += [
            ev.Replied(
                step=step,
                message=AssistantMessage(content="", reasoning_content="Let me see.", tool_calls=(call,)),
                finish_reason="tool_calls",
                usage=usage,
                seconds=1.5,
            ),
            ev.ToolStarted(call=call),
            ev.ToolFinished(
                call=call,
                message=ToolMessage(tool_call_id=call.id, content="done"),
                is_error=False,
                seconds=0.5,
                exit_code=0,
            ),
        ]
    events.append(ev.TurnEnded(reason="finished"))
    return tuple(ev.Record(n=next(numbers), at=1_795_000_000.0 + n, event=event) for n, event in enumerate(events))
