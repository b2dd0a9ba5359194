"""One tool call and what came of it, as HTML."""

import json
from collections.abc import Mapping

from agent.events import ToolFinished, ToolStarted
from agent.export.diff_html import diff_html, edit_html
from agent.export.markdown import markdown
from agent.export.markup import Html, join, tag
from agent.export.words import duration, plural
from agent.todo import todo_in, todo_lines
from model_runtime.messages import ToolCall

_SHOWN_LINES = 14  # a result of so many lines is not folded
_SHOWN_CHARACTERS = 3_000
_PREVIEW_LINES = 5
_PREVIEW_WIDTH = 400  # characters of one line


def finished_html(event: ToolFinished) -> Html:
    """A call with its result. An edit is its diff; the words of the result stay at hand below it."""
    diff = tag("div", edit_html(event.diff), class_="edit") if event.diff else Html("")
    result = _folded(event.message.content, "result") if event.diff else _result(event)
    failed = event.is_error or event.timed_out or event.exit_code not in (None, 0)
    return _call(event.call, _facts(event), "" if event.diff else "arguments", diff, result, failed=failed)


def unfinished_html(event: ToolStarted) -> Html:
    """A call without a result: the program ended while it ran."""
    note = tag("p", "The session stopped while this ran: there is no result.", class_="note")
    return _call(event.call, tag("span", "no result", class_="badge warning"), "arguments", note, failed=True)


def _call(call: ToolCall, facts: Html, show: str, *parts: Html, failed: bool) -> Html:
    arguments = _arguments(call)
    head = tag("header", tag("span", call.name, class_="tool"), _about(arguments), facts)
    body = _call_body(call, arguments) if show else Html("")
    return tag("section", head, body, *parts, class_="call failed" if failed else "call")


def _about(arguments: object) -> Html:
    """What of the arguments fits beside the tool's name: the path, the time allowed."""
    match arguments:
        case {"path": str() as path}:
            return tag("span", path, class_="path")
        case {"command": str(), "timeout": int() as timeout}:
            return tag("span", f"timeout {timeout} s", class_="note")
        case _:
            return Html("")


def _arguments(call: ToolCall) -> object:
    """The arguments as data, or their raw text if that is no JSON."""
    try:
        return json.loads(call.arguments)
    except (ValueError, RecursionError):
        return call.arguments


def _call_body(call: ToolCall, arguments: object) -> Html:
    match call.name, arguments:
        case "bash", {"command": str() as command, **others}:
            others.pop("timeout", None)  # stands in the header
            return join(tag("pre", command, class_="command shell", tabindex=0), _others(others))
        case "finish", {"summary": str() as summary, **others}:
            return join(tag("div", markdown(summary), class_="prose"), _others(others))
        case ("task", {"task": str() as words, **others}) | ("plan", {"plan": str() as words, **others}):
            return join(tag("div", markdown(words), class_="prose"), _others(others))
        case "todo", {"items": _, **others}:
            lines = "\n".join(todo_lines(todo_in(call.arguments)))
            return join(tag("pre", lines, class_="command", tabindex=0), _others(others))
        case "patch", {"diff": str() as diff, **others}:
            return join(tag("div", diff_html(diff), class_="edit"), _others(others))
        case _, dict() as known:
            return _others(known)
        case _:
            return tag("pre", str(arguments), class_="command", tabindex=0)


def _others(arguments: Mapping[object, object]) -> Html:
    """Arguments by name; a text of several lines stands as it is, anything else as JSON."""
    rows = []
    for name, value in arguments.items():
        if isinstance(value, str):
            shown = tag("pre", value) if "\n" in value else tag("code", value)
        else:
            shown = tag("code", json.dumps(value, ensure_ascii=False))
        rows.append(join(tag("dt", str(name)), tag("dd", shown)))
    return tag("dl", *rows, class_="arguments") if rows else Html("")


def _facts(event: ToolFinished) -> Html:
    badges = []
    if event.timed_out:
        badges.append(tag("span", "timed out", class_="badge bad"))
    elif event.job is not None and event.exit_code is None:
        badges.append(tag("span", f"job {event.job}, in the background", class_="badge open"))
    elif event.exit_code is not None:
        tone = "good" if event.exit_code == 0 else "bad"
        badges.append(tag("span", f"exit {event.exit_code}", class_=f"badge {tone}"))
    if event.is_error:
        badges.append(tag("span", "error", class_="badge bad"))
    return tag("span", *badges, tag("span", duration(event.seconds), class_="time"), class_="facts")


def _result(event: ToolFinished) -> Html:
    content = event.message.content.rstrip("\n")
    if not content:
        return Html("")
    if content.count("\n") < _SHOWN_LINES and len(content) < _SHOWN_CHARACTERS:
        return tag("pre", content, class_="result", tabindex=0)
    return _folded(content, "result")


def _folded(content: str, name: str) -> Html:
    """Folded, with its last lines in view: that is where a test run says how it went."""
    lines = content.rstrip("\n").split("\n")
    if len(lines) == 1 and len(content) < _PREVIEW_WIDTH:
        return tag("p", content, class_="note")
    last = "\n".join(line[:_PREVIEW_WIDTH] for line in lines[-_PREVIEW_LINES:])
    head = tag("summary", f"{name}, {plural(len(lines), 'line')}", tag("code", last, class_="preview"))
    return tag("details", head, tag("pre", content, class_="result", tabindex=0), class_="output")
