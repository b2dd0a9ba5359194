"""The model's todo list, as the log has it: a resumed, forked or rewound session has that moment's."""

from collections.abc import Iterable

from pydantic import ValidationError

from agent.events import BaseEvent, ToolFinished
from tools.todo.tool import TodoArguments, TodoItem


def todo_of(events: Iterable[BaseEvent]) -> tuple[TodoItem, ...]:
    """The list after `events`: that of the last `todo` call that went well; empty if there was none."""
    items: tuple[TodoItem, ...] = ()
    for event in events:
        items = todo_after(event, items)
    return items


def todo_after(event: BaseEvent, before: tuple[TodoItem, ...]) -> tuple[TodoItem, ...]:
    """The list after one more event, for a screen that follows."""
    if not isinstance(event, ToolFinished) or event.call.name.strip() != "todo" or event.is_error:
        return before
    try:
        return TodoArguments.model_validate_json(event.call.arguments).items
    except ValidationError:  # the toolbox forgives slips that a second reading does not
        return before
