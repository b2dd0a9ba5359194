"""The languages whose exercises can be graded."""

from pathlib import PurePosixPath

from evals.exercises.base import Language
from evals.exercises.cpp import CPP
from evals.exercises.go import GO
from evals.exercises.java import JAVA
from evals.exercises.javascript import JAVASCRIPT
from evals.exercises.python import PYTHON
from evals.exercises.rust import RUST
from evals.instances.base import Instance

LANGUAGES = (PYTHON, GO, JAVASCRIPT, CPP, JAVA, RUST)
SOURCE = "polyglot"
"""What `Instance.source` says of an exercise."""


def language_of(files: list[str]) -> Language | None:
    """The language that `files` are written in; None where their exercises cannot be graded."""
    suffixes = {PurePosixPath(name).suffix for name in files}
    return next((each for each in LANGUAGES if each.suffix in suffixes <= {each.suffix, *each.companions}), None)


def exercise_id(language: Language, name: str) -> str:
    return f"{SOURCE}__{language.name}-{name}"


def language_of_instance(instance: Instance) -> Language | None:
    """The language of an exercise, None for an instance of another kind."""
    if instance.source != SOURCE:
        return None
    return next((each for each in LANGUAGES if instance.instance_id.startswith(exercise_id(each, ""))), None)
