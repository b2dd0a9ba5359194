"""Arguments whose schema somebody else wrote, such as an MCP server's: whoever wrote it checks them."""

import json
from typing import Any, ClassVar

from pydantic import ConfigDict

from tools.base import Arguments


class ForeignArguments(Arguments):
    """Takes any fields; `given` are they. `parameters` is the JSON schema of type object that the model reads."""

    model_config = ConfigDict(extra="allow", frozen=True)
    parameters: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}

    @property
    def given(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


def foreign_arguments(schema: dict[str, Any]) -> type[ForeignArguments]:
    """A class of arguments that the model is shown `schema` for."""

    class Foreign(ForeignArguments):
        parameters: ClassVar[dict[str, Any]] = schema

    return Foreign


def foreign_example(schema: dict[str, Any]) -> str:
    """A right call's arguments as JSON text, as far as the schema tells."""
    properties = schema.get("properties", {})
    return json.dumps({name: _like(properties.get(name)) for name in schema.get("required", [])})


def _like(schema: Any) -> object:
    kind = schema.get("type") if isinstance(schema, dict) else None
    likely: dict[object, object] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}
    return likely.get(kind, "…") if isinstance(kind, str) else "…"
