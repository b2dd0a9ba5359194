"""Where a value came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class Layer(IntEnum):
    """A later layer wins over an earlier one."""

    DEFAULT = 0
    USER = 1
    PROJECT = 2
    ENVIRONMENT = 3
    FLAG = 4


@dataclass(frozen=True)
class Origin:
    """`place` is a file, a variable or "the command line"; `line` counts from 1 and is None outside files."""

    layer: Layer
    place: str
    line: int | None = None

    def __str__(self) -> str:
        return self.place if self.line is None else f"{self.place}:{self.line}"


@dataclass(frozen=True)
class Entry:
    """One value as it was found, not yet checked. `key` is `section.key`. `base` is the folder from which a
    relative path in it counts; `item_lines` are the lines of a list's items, where the file spreads them out."""

    key: str
    value: object
    origin: Origin
    base: Path
    item_lines: Mapping[int, int]


DEFAULT = Origin(Layer.DEFAULT, "default")
COMMAND_LINE = Origin(Layer.FLAG, "the command line")
