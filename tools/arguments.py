"""From the text that the model gave as arguments to validated ones, or to words that help it do better."""

import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tools.base import Arguments, Tool
from tools.schema import parameters_schema

# The key under which the client hands on what the server sent, when that was not a JSON object.
MALFORMED = "malformed_arguments"
LONGEST_QUOTE = 200


class BadArguments(Exception):
    """The arguments cannot be used; the text is for the model."""


def parse_arguments(tool: Tool, text: str) -> Arguments:
    """Validated arguments of `tool`. Harmless slips are forgiven: a number given as text, line breaks that are
    not escaped, an object encoded twice. Raises BadArguments."""
    fields = _object(tool, text)
    try:
        return tool.arguments.model_validate(fields)
    except ValidationError as invalid:
        faults = "\n".join(f"- {_fault(error)}" for error in invalid.errors())
        raise BadArguments(f"The arguments of {tool.name} are wrong:\n{faults}\n{_usage(tool)}") from invalid


def _object(tool: Tool, text: str) -> dict[str, Any]:
    value = _json(tool, text.strip() or "{}")
    if isinstance(value, dict) and value.keys() == {MALFORMED} and isinstance(value[MALFORMED], str):
        value = _json(tool, value[MALFORMED])
    if isinstance(value, str):
        value = _json(tool, value)
    if isinstance(value, dict):
        return _encodable(tool, value)
    raise BadArguments(
        f"The arguments of {tool.name} must be one JSON object, not {_quote(value)}.\n{_usage(tool)}"
    )


def _encodable(tool: Tool, fields: dict[str, Any]) -> dict[str, Any]:
    """JSON's escapes can spell half a character, which no file, command or request can hold."""
    try:
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError as half:
        raise BadArguments(
            f"The arguments of {tool.name} hold half of a surrogate pair, which is no text: "
            f"{_quote(half.object[max(half.start - 20, 0) : half.end + 20])}.\n{_usage(tool)}"
        ) from half
    return fields


def _json(tool: Tool, text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as broken:
        raise BadArguments(
            f"The arguments of {tool.name} are not valid JSON: {broken}.\n"
            f"What arrived: {_quote(text)}\n{_usage(tool)}"
        ) from broken


def _fault(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "missing":
            return f"`{name}` is missing"
        case "extra_forbidden":
            return f"`{name}` is not an argument of this tool"
        case "value_error":
            return f"`{name}`: {error['ctx']['error']}"
        case _:
            return f"`{name}`: {error['msg']}, but it was {_quote(error['input'])}"


def _usage(tool: Tool) -> str:
    schema = parameters_schema(tool.arguments)
    needed = schema.get("required", [])
    names = ", ".join(name if name in needed else f"{name} (optional)" for name in schema["properties"])
    return f"Its arguments: {names}. A right call: {tool.name} {tool.example}"


def _quote(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    # Escaped, so that a lone surrogate cannot make the message itself unsendable.
    shown = text[:LONGEST_QUOTE].encode("utf-8", "backslashreplace").decode()
    return f"{shown!r}" + ("…" if len(text) > LONGEST_QUOTE else "")
