"""A session's records as what it did, call by call."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import zip_longest

from agent.events import Record, Replied, ToolFinished
from evals.marks.base import Action, Write
from evals.marks.shell import read_script
from model_runtime.messages import ToolCall

PYTHON_WRITE = re.compile(
    r"(?:open\(\s*|Path\(\s*)[rbf]*['\"]([^'\"]+)['\"][^\n]*?(?:['\"][wax]b?\+?['\"]|\.write_(?:text|bytes)\()"
)
FILE_HEADER = re.compile(r"^(?:--- (?:a/)?(\S+).*\n)?\+\+\+ (?:b/)?(\S+)", re.MULTILINE)


def actions_of(records: Iterable[Record]) -> tuple[Action, ...]:
    """Each call that the model made, whether it was carried out or not: an attempt counts."""
    every = tuple(record.event for record in records)
    outputs = {event.call.id: event.message.content for event in every if isinstance(event, ToolFinished)}
    replies = [event for event in every if isinstance(event, Replied)]
    return tuple(
        replace(_action(step, call), output=outputs.get(call.id, ""))
        for step, reply in enumerate(replies, start=1)
        for call in reply.message.tool_calls
    )


def _action(step: int, call: ToolCall) -> Action:
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = {}
    if not isinstance(arguments, dict):
        arguments = {}
    given = {name: value for name, value in arguments.items() if isinstance(value, str)}
    if script := given.get("command"):
        commands, writes = read_script(script)
        return Action(step, call.name, script, commands, (*writes, *_written_by_python(script)))
    if "new_str" in given:
        write = Write(given.get("path", ""), given["new_str"], given.get("old_str", ""))
        return Action(step, call.name, writes=(write,))
    if diff := given.get("diff"):
        return Action(step, call.name, writes=tuple(writes_of_diff(diff)))
    return Action(step, call.name)


def _written_by_python(script: str) -> Iterator[Write]:
    """Files that a program inside the script opens to write."""
    yield from (Write(path, script) for path in PYTHON_WRITE.findall(script))


def writes_of_diff(diff: str) -> Iterator[Write]:
    """What a unified diff does to each file."""
    headers = list(FILE_HEADER.finditer(diff))
    for header, following in zip_longest(headers, headers[1:]):
        body = diff[header.end() : following.start() if following else len(diff)].split("\n")
        old, new = header[1] or "", header[2]
        gone = new == "/dev/null"
        yield Write(
            path=old if gone else new,
            added="\n".join(line[1:] for line in body if line.startswith("+")),
            removed="\n".join(line[1:] for line in body if line.startswith("-")),
            deleted=gone,
        )
