"""What example calls come to, in process: which mutants are noticed, and what the tests expect."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.lessons.time_limit import Hung, time_limit

SECONDS = 0.1
"""A mutant that loops forever is found out after this."""


@dataclass(frozen=True)
class Outcome:
    """What a call gave: the value and its literal, or the name of the exception that it raised."""

    value: Any = None
    literal: str = ""
    raised: str = ""

    def same_as(self, other: "Outcome") -> bool:
        """As a test would see it."""
        if self.raised or other.raised:
            return self.raised == other.raised
        return bool(self.value == other.value)


def evaluate(imports: Sequence[str], code: str, examples: Sequence[str]) -> list[Outcome]:
    """The outcome of each example, each in a fresh namespace. Raises Hung and SyntaxError."""
    compiled = compile("\n".join([*imports, code]), "<lesson>", "exec")
    with time_limit(SECONDS):
        return [_outcome(compiled, example) for example in examples]


def _outcome(compiled: Any, example: str) -> Outcome:
    *statements, last = example.split("; ")
    names: dict[str, Any] = {}
    try:
        exec(compiled, names)
        for statement in statements:
            exec(statement, names)
        value = eval(last, names)
    except Hung:
        raise
    except Exception as raised:  # whatever a mutant does is its outcome
        return Outcome(raised=type(raised).__name__)
    return Outcome(value, repr(value))


def is_literal(outcome: Outcome) -> bool:
    """Whether a test can state the value."""
    if outcome.raised:
        return True
    try:
        return bool(ast.literal_eval(outcome.literal) == outcome.value) and len(outcome.literal) < 70
    except (ValueError, SyntaxError):
        return False
