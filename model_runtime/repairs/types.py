"""Raw parameter text turned into the type that a tool's JSON schema asks for."""

import json
import math
from typing import Any


def convert(text: str, key: str, parameters: dict[str, Any]) -> Any:
    """The value of parameter `key`. A string stays exactly as it is, and so does text that is not of the type
    asked for: the tool then tells the model what was wrong with it."""
    properties = parameters.get("properties")
    schema = properties.get(key) if isinstance(properties, dict) else None
    types = types_of(schema, parameters)
    bare = text.strip()
    if "null" in types and bare.lower() in ("null", "none"):
        return None
    if "string" in types or not types:
        return text
    if "boolean" in types and bare.lower() in ("true", "false"):
        return bare.lower() == "true"
    value = parse(bare)
    return value if is_one_of(value, types) else text


def types_of(schema: object, parameters: dict[str, Any], depth: int = 8) -> frozenset[str]:
    """The JSON types that `schema` allows; empty if it does not say. References lead into `parameters`."""
    if not isinstance(schema, dict) or not depth:
        return frozenset()
    named = schema.get("type")
    if isinstance(named, str):
        return frozenset((named,))
    if isinstance(named, list):
        return frozenset(name for name in named if isinstance(name, str))
    reference = schema.get("$ref")
    if isinstance(reference, str):
        definitions = parameters.get("$defs")
        target = definitions.get(reference.rpartition("/")[2]) if isinstance(definitions, dict) else None
        return types_of(target, parameters, depth - 1)
    options = [*(schema.get("anyOf") or ()), *(schema.get("oneOf") or ())]
    return frozenset().union(*(types_of(option, parameters, depth - 1) for option in options))


def parse(text: str) -> Any:
    """`text` as JSON, or as text if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def is_one_of(value: Any, types: frozenset[str]) -> bool:
    match value:
        case bool():
            return "boolean" in types
        case int():
            return "integer" in types or "number" in types
        case float():
            return "number" in types and math.isfinite(value)
        case dict():
            return "object" in types
        case list():
            return "array" in types
    return False
