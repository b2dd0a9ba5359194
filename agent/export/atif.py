"""A session in the Agent Trajectory Interchange Format 1.5, for tools that train on trajectories or show them.

The format is Harbor's (RFC 0001): one JSON object with the agent, the steps numbered from 1, and sums at the end.
A step is a system prompt, a user's message, or a whole turn of the agent with its calls and what came back.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from agent.events import Compacted, Record, Replied, SessionStarted, ToolFinished, UserSaid
from agent.export.summary import Summary, summarize
from model_runtime.base import ToolSchema, Usage
from model_runtime.messages import ToolCall

SCHEMA = "ATIF-v1.5"

Json = dict[str, Any]


def atif(records: Iterable[Record]) -> bytes:
    """The trajectory as indented JSON. Raises SessionError if the records have no beginning."""
    every = tuple(records)
    summary = summarize(every)
    steps = [{"step_id": number, **step} for number, step in enumerate(_steps(every), start=1)]
    trajectory = {
        "schema_version": SCHEMA,
        "session_id": summary.started.session,
        "agent": _agent(summary.started),
        "steps": steps,
        "final_metrics": _sums(summary, len(steps)),
        "extra": {
            "repository": summary.started.repository,
            "commit": summary.started.commit,
            "outcome": summary.outcome.word,
        },
    }
    return (json.dumps(trajectory, ensure_ascii=False, indent=1) + "\n").encode()


def _agent(start: SessionStarted) -> Json:
    return {
        "name": "mimosa",
        "version": version("mimosa-coder"),
        "model_name": start.model,
        "tool_definitions": [_definition(tool) for tool in start.tools],
        "extra": {"command": start.command, "sandbox": start.sandbox},
    }


def _definition(tool: ToolSchema) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _steps(records: tuple[Record, ...]) -> Iterator[Json]:
    results = {record.event.call.id: record.event for record in records if isinstance(record.event, ToolFinished)}
    for record in records:
        when = datetime.fromtimestamp(record.at, UTC).isoformat(timespec="milliseconds")
        match record.event:
            case SessionStarted(system=system):
                yield {"timestamp": when, "source": "system", "message": system.content}
            case UserSaid(message=message, by=by):
                said = {"timestamp": when, "source": "user", "message": message.content}
                yield said if by == "user" else {**said, "extra": {"by": by}}
            case Replied() as reply:
                yield {"timestamp": when, **_turn(reply, results)}
            case Compacted(reply=reply, usage=usage):
                told = "The history before this step was replaced by this summary:\n\n" + reply.content
                yield {"timestamp": when, "source": "system", "message": told, "extra": _metrics(usage)}
            case _:
                pass


def _turn(reply: Replied, results: dict[str, ToolFinished]) -> Json:
    message = reply.message
    turn: Json = {"source": "agent", "message": message.content}
    if message.reasoning_content:
        turn["reasoning_content"] = message.reasoning_content
    if message.tool_calls:
        turn["tool_calls"] = [_call(call) for call in message.tool_calls]
    found = [results[call.id] for call in message.tool_calls if call.id in results]
    if found:
        turn["observation"] = {
            "results": [{"source_call_id": one.call.id, "content": one.message.content} for one in found]
        }
    turn["metrics"] = _metrics(reply.usage)
    turn["extra"] = {"seconds": reply.seconds, "finish_reason": reply.finish_reason, "tools": [*map(_told, found)]}
    return turn


def _call(call: ToolCall) -> Json:
    return {"tool_call_id": call.id, "function_name": call.name, "arguments": _arguments(call)}


def _arguments(call: ToolCall) -> Json:
    """The format wants an object; a model may have written something else."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = None
    return arguments if isinstance(arguments, dict) else {"text": call.arguments}


def _told(finished: ToolFinished) -> Json:
    """What the format has no field for."""
    return {
        "tool_call_id": finished.call.id,
        "seconds": finished.seconds,
        "exit_code": finished.exit_code,
        "is_error": finished.is_error,
    }


def _metrics(usage: Usage) -> Json:
    """The format counts cached tokens among the prompt's, as servers do."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cached_tokens": usage.cached_tokens,
    }


def _sums(summary: Summary, steps: int) -> Json:
    totals = summary.totals
    return {
        "total_prompt_tokens": totals.read,
        "total_completion_tokens": totals.written,
        "total_cached_tokens": totals.cached,
        "total_steps": steps,
        "extra": {"model_seconds": totals.model_seconds, "tool_seconds": totals.tool_seconds},
    }
