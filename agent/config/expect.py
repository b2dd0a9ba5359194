"""Check one value against its setting, and say in plain words what was expected and what was found."""

import json
from datetime import date, datetime, time
from types import UnionType
from typing import Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from agent.config.origin import Entry, Layer, Origin
from agent.config.settings import SECTIONS, Expected
from agent.errors import UsageError

_LIMITS = ((Ge, "ge", "at least"), (Gt, "gt", "above"), (Le, "le", "at most"), (Lt, "lt", "below"))


def checked(entry: Entry) -> object:
    """The value as its setting's type. In a file `"12"` is no number; in the environment it is.
    Raises UsageError that names the place, the key, what was expected and what was found."""
    section, _, key = entry.key.partition(".")
    model = SECTIONS[section]
    from_file = entry.origin.layer in (Layer.USER, Layer.PROJECT)
    if from_file and _holds_a_date(entry.value):
        raise _wrong(entry, None)
    try:
        if from_file:  # JSON in strict mode: exactly TOML's own types, and a list may fill a tuple
            section_of_one = model.model_validate_json(json.dumps({key: entry.value}), strict=True)
        else:
            section_of_one = model.model_validate({key: entry.value})
    except ValidationError as error:
        location = error.errors()[0]["loc"]
        item = location[1] if len(location) > 1 and isinstance(location[1], int) else None
        raise _wrong(entry, item) from None
    value: object = getattr(section_of_one, key)
    return value


def expectation(field: FieldInfo) -> str:
    """What a right value looks like: `a whole number, at least 64`."""
    for note in field.metadata:
        if isinstance(note, Expected):
            return note.words
    limits = [
        f"{words} {getattr(note, name):g}"
        for note in field.metadata
        for kind, name, words in _LIMITS
        if isinstance(note, kind)
    ]
    return ", ".join(
        [_type_in_words(field.annotation), " and ".join(limits)] if limits else [_type_in_words(field.annotation)]
    )


def _type_in_words(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "a list of texts"
    if get_origin(annotation) is dict:
        return "a table of texts"
    if get_origin(annotation) in (Union, UnionType):
        return _type_in_words(get_args(annotation)[0])
    names = {bool: "true or false", int: "a whole number", float: "a number"}
    return names.get(annotation, "a text") if isinstance(annotation, type) else "a text"


def found(value: object) -> str:
    """What stands there instead, in words."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            shown = value if len(value) <= 60 else value[:59] + "…"
            return f'the text "{shown}"'
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def _holds_a_date(value: object) -> bool:
    if isinstance(value, list):
        return any(_holds_a_date(item) for item in value)
    if isinstance(value, dict):
        return any(_holds_a_date(item) for item in value.values())
    return isinstance(value, (date, datetime, time))


def _wrong(entry: Entry, item: int | None) -> UsageError:
    section, _, key = entry.key.partition(".")
    field = SECTIONS[section].model_fields[key]
    origin, value, name, words = entry.origin, entry.value, entry.key, expectation(field)
    if item is not None and isinstance(value, list):
        line = entry.item_lines.get(item, origin.line)
        origin, value, name, words = (
            Origin(origin.layer, origin.place, line),
            value[item],
            f"{name}[{item}]",
            next((note.words for note in field.metadata if isinstance(note, Expected)), "a text"),
        )
    return UsageError(f"{origin}: {name}: expected {words}, found {found(value)}")
