"""What a server says of its tools, made fit for a request: servers are programs of strangers, and some lie."""

import json
from typing import Any

LARGEST = 16_000
"""Characters of one tool's schema; it is part of every request."""
LONGEST_DESCRIPTION = 2_000
DEEPEST = 12
MOST_NODES = 5_000
"""References may multiply: a small schema can stand for a huge one."""
_DEFINITIONS = ("$defs", "definitions")
_NOISE = ("$schema", "$id", "title", "examples", "$comment")


class UnusableSchema(Exception):
    """A tool cannot be offered; the text says why."""


def usable_schema(schema: object) -> dict[str, Any]:
    """A schema of type object without references or noise. Raises UnusableSchema."""
    if not isinstance(schema, dict):
        raise UnusableSchema("its schema is not an object")
    small = _Inliner(schema).inlined({key: value for key, value in schema.items() if key not in _DEFINITIONS})
    if small.get("type", "object") != "object":
        raise UnusableSchema(f"its arguments are of type {small['type']!r}, not an object")
    properties, required = small.get("properties", {}), small.get("required", [])
    if not isinstance(properties, dict) or not all(
        isinstance(value, dict | bool) for value in properties.values()
    ):
        raise UnusableSchema("its properties are not schemas")
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise UnusableSchema("what it requires is not a list of names")
    usable = {**small, "type": "object", "properties": properties, "required": required}
    if len(json.dumps(usable)) > LARGEST:
        raise UnusableSchema(f"its schema has more than {LARGEST:,} characters")
    return usable


def usable_description(text: str | None) -> str:
    words = (text or "").strip() or "(its server says nothing of it)"
    return words if len(words) <= LONGEST_DESCRIPTION else words[: LONGEST_DESCRIPTION - 1] + "…"


class _Inliner:
    """Puts what is referred to in the place of each reference."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._definitions = schema.get("$defs", schema.get("definitions", {}))
        self._nodes = 0

    def inlined(self, node: Any, depth: int = 0) -> Any:
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST_NODES:
            raise UnusableSchema("its schema is too large, or refers to itself")
        if isinstance(node, list):
            return [self.inlined(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return self.inlined(self._referred(node["$ref"]), depth + 1)
        return {key: self._value(key, value, depth) for key, value in node.items() if key not in _NOISE}

    def _value(self, key: str, value: Any, depth: int) -> Any:
        if key == "properties" and isinstance(value, dict):
            # Its keys are names, and a property may well be called `title`.
            return {name: self.inlined(each, depth + 1) for name, each in value.items()}
        return self.inlined(value, depth + 1)

    def _referred(self, reference: object) -> Any:
        name = str(reference).rpartition("/")[2]
        known = self._definitions
        if not str(reference).startswith("#/") or not isinstance(known, dict) or name not in known:
            raise UnusableSchema(f"its schema refers to {reference!r}, which is not in it")
        return known[name]
