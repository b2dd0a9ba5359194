import json
from typing import Annotated, Literal

from pydantic import Field, field_validator

from tools.base import Arguments, ToolContext, ToolResult
from tools.description import load_description

MOST = 50
"""Items of one list."""


class TodoItem(Arguments):
    text: Annotated[str, Field(min_length=1, max_length=300)]
    status: Literal["open", "doing", "done"] = "open"


class TodoArguments(Arguments):
    items: Annotated[tuple[TodoItem, ...], Field(max_length=MOST)]

    @field_validator("items", mode="before")
    @classmethod
    def decoded(cls, items: object) -> object:
        """Servers hand a list on as its JSON text at times."""
        return json.loads(items) if isinstance(items, str) else items


class TodoTool:
    """Keeps nothing itself: the list is the arguments of the last call that went well, so it is in the log."""

    name = "todo"
    arguments: type[Arguments] = TodoArguments
    example = '{"items": [{"text": "reproduce the crash", "status": "doing"}]}'

    def __init__(self) -> None:
        self.description = load_description("tools.todo")

    async def run(self, arguments: TodoArguments, context: ToolContext) -> ToolResult:  # noqa: ARG002
        done = sum(item.status == "done" for item in arguments.items)
        doing = [item.text for item in arguments.items if item.status == "doing"]
        now = f" Now: {'; '.join(doing)}." if doing else ""
        return ToolResult(f"{done} of {len(arguments.items)} done.{now}")
