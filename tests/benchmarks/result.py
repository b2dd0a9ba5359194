"""What a benchmark reports."""

from dataclasses import asdict, dataclass
from typing import Any, Self


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
    """`what` says what was measured and how, in one or two sentences. `apart` says when and under what conditions,
    of a result that is not of the report's own run."""

    benchmark: str
    what: str
    figures: tuple[Figure, ...]
    targets: tuple[Target, ...]
    apart: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        figures = tuple(Figure(**figure) for figure in kept["figures"])
        targets = tuple(Target(**target) for target in kept["targets"])
        return cls(**{**kept, "figures": figures, "targets": targets})
