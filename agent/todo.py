"""The model's todo list, as the log has it: a resumed, forked or rewound session has that moment's."""

from collections.abc import Iterable

from pydantic import ValidationError

from agent.events import BaseEvent, ToolFinished
from agent.rewinding import standing
from tools.todo.tool import TodoArguments, TodoItem

SIGNS = {"open": "·", "doing": "▸", "done": "✓"}


def todo_lines(items: Iterable[TodoItem]) -> list[str]:
    """A line an item, for a person."""
    return [f"{SIGNS[item.status]} {item.text}" for item in items]


def todo_in(arguments: str) -> tuple[TodoItem, ...]:
    """The items of a call's arguments; none if they are no list of them."""
    try:
        return TodoArguments.model_validate_json(arguments).items
    except ValidationError:
        return ()


def todo_of(events: Iterable[BaseEvent]) -> tuple[TodoItem, ...]:
    """The list after the events of a log: that of the last `todo` call that went well and was not rewound; empty
    if there was none."""
    items: tuple[TodoItem, ...] = ()
    for event in standing(tuple(events)):
        items = todo_after(event, items)
    return items


def todo_after(event: BaseEvent, before: tuple[TodoItem, ...]) -> tuple[TodoItem, ...]:
    """The list after one more event, for a screen that follows."""
    if not isinstance(event, ToolFinished) or event.call.name.strip() != "todo" or event.is_error:
        return before
    # The toolbox forgives slips that a second reading does not.
    return todo_in(event.call.arguments) or before
