"""The JSON schema of a tool's arguments, as small as it can be: it is part of every request."""

import copy
import functools
from typing import Any

from tools.base import Arguments
from tools.foreign import ForeignArguments


def parameters_schema(arguments: type[Arguments]) -> dict[str, Any]:
    """A schema of type object: no titles, no references, no null alternatives, `additionalProperties` false,
    properties in the order in which the class states them."""
    if issubclass(arguments, ForeignArguments):
        return arguments.parameters
    return copy.deepcopy(_made_schema(arguments))


@functools.cache
def _made_schema(arguments: type[Arguments]) -> dict[str, Any]:
    """Of a class of the program's own, which stays as it is; making it takes milliseconds at each session."""
    full = arguments.model_json_schema()
    definitions = full.get("$defs", {})
    properties = {name: _small(prop, definitions) for name, prop in full.get("properties", {}).items()}
    return {
        "type": "object",
        "properties": properties,
        "required": full.get("required", []),
        "additionalProperties": False,
    }


def _small(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_small(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _small(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in node:
        return _small(_without_null(node), definitions)
    return {
        key: _small(value, definitions)
        for key, value in node.items()
        if key != "title" and not (key == "default" and value is None)
    }


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """An optional field: the model leaves it out, it is not asked to say null."""
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    alternatives = [item for item in node["anyOf"] if item != {"type": "null"}]
    if len(alternatives) == 1:
        return {**alternatives[0], **rest}
    return {"oneOf": alternatives, **rest}
