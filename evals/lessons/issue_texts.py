"""Issues as users write them: frames, filled in with what goes wrong."""

import tomllib
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from evals.lessons.bugs import Bug, Symptom
from evals.lessons.evaluation import Outcome

NAMED, UNNAMED, FILED = "named", "unnamed", "filed"


@cache
def frames() -> dict[str, Any]:
    return tomllib.loads(files("evals.lessons").joinpath("issues.toml").read_text(encoding="utf-8"))


def issue_text(bug: Bug, symptom: Symptom, file: str, way: str, rng: Random, *, held_out: bool) -> str:
    """The issue. `way` says what it names: the function, nothing, or the file."""
    known = frames()["held_out" if held_out else "training"]
    choices: list[str] = known[way]
    if way == NAMED and not held_out and rng.random() < 0.35:
        choices = known["kinds"][bug.kind]
    return rng.choice(choices).format(
        name=bug.piece.name,
        call=symptom.example.source,
        does=_does(symptom.got),
        should=_should(symptom.example.outcome),
        doc=bug.piece.docstring,
        file=file,
    )


def outside_text(kind: str, rng: Random, *, name: str, missing: str) -> str:
    """An issue that the model cannot solve. `name` is a function that is there, `missing` one that is not."""
    choices: list[str] = frames()["outside"][kind]
    return rng.choice(choices).format(name=name, missing=missing)


def _does(outcome: Outcome) -> str:
    return f"raises {outcome.raised}" if outcome.raised else f"gives {outcome.literal or repr(outcome.value)}"


def _should(outcome: Outcome) -> str:
    return f"raise {outcome.raised}" if outcome.raised else f"give {outcome.literal}"
