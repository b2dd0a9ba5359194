"""An instance is believed when gold resolves it twice, and the empty patch never."""

from pathlib import Path

import pytest
from graded_rows import BAD, FLAKY, GOOD, ROW

from evals.grading.base import Grade
from evals.grading.validation import State, validate
from evals.instances.base import Instance


class Scripted:
    """An examiner that gives one grade after the other."""

    def __init__(self, *grades: Grade) -> None:
        self._grades = iter(grades)

    def examine(self, instance: Instance, patch: bytes, folder: Path) -> Grade:  # noqa: ARG002
        return next(self._grades)


@pytest.mark.parametrize(
    ("grades", "state", "flaky"),
    [
        ((GOOD, GOOD, BAD, BAD), "valid", ()),
        ((BAD, BAD, BAD, BAD), "gold fails", ()),
        ((GOOD, GOOD, GOOD, GOOD), "resolved without a patch", ()),
        ((GOOD, FLAKY, BAD, BAD), "flaky", ROW.PASS_TO_PASS),
        ((GOOD, GOOD, BAD, GOOD), "flaky", ROW.FAIL_TO_PASS),
    ],
)
def test_an_instance_is_believed_when_four_runs_agree(
    tmp_path: Path, grades: tuple[Grade, ...], state: State, flaky: tuple[str, ...]
) -> None:
    found = validate(ROW, Scripted(*grades), tmp_path)

    assert (found.state, found.flaky) == (state, flaky)
