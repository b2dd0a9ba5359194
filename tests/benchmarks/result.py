"""What a benchmark reports."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured number. `samples` is how many single measurements it stands for."""

    name: str
    value: float
    unit: str
    samples: int


@dataclass(frozen=True)
class Target:
    """A line of the table to reach, and whether these figures reach it."""

    text: str
    reached: bool


@dataclass(frozen=True)
class Result:
    """`what` says what was measured and how, in one or two sentences."""

    benchmark: str
    what: str
    figures: tuple[Figure, ...]
    targets: tuple[Target, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
