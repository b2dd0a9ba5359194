"""Whether an instance can be believed: its gold patch resolves it, the empty patch does not, and both twice."""

from pathlib import Path
from typing import Literal, Protocol

from evals.grading.base import Grade
from evals.instances.base import Instance
from model_runtime.messages import Frozen

State = Literal["valid", "no gold patch", "gold fails", "resolved without a patch", "flaky"]
TIMES = 2


class Examiner(Protocol):
    def examine(self, instance: Instance, patch: bytes, folder: Path) -> Grade:
        """As a grader's `grade`, but an empty patch is run as well."""
        ...


class Validation(Frozen):
    """`flaky` are the named tests that did not end alike with the same patch; `why` is the reason of the first
    gold run that failed. `seconds` are those of all four runs."""

    instance_id: str
    state: State
    flaky: tuple[str, ...] = ()
    why: str = ""
    seconds: float = 0.0


def validate(instance: Instance, examiner: Examiner, folder: Path) -> Validation:
    """Run the tests four times; their logs go into `folder`. Raises what the examiner raises."""
    if not instance.patch.strip():
        return Validation(instance_id=instance.instance_id, state="no gold patch")
    gold = [examiner.examine(instance, instance.patch.encode(), folder / f"gold.{n + 1}") for n in range(TIMES)]
    empty = [examiner.examine(instance, b"", folder / f"empty.{n + 1}") for n in range(TIMES)]
    flaky = tuple(sorted(_differing(gold) | _differing(empty)))
    return Validation(
        instance_id=instance.instance_id,
        state=_state(gold, empty, flaky),
        flaky=flaky,
        why=next((_reason(grade) for grade in gold if not grade.resolved), ""),
        seconds=round(sum(grade.seconds for grade in (*gold, *empty)), 1),
    )


def _state(gold: list[Grade], empty: list[Grade], flaky: tuple[str, ...]) -> State:
    if flaky or len({grade.resolved for grade in gold}) > 1 or len({grade.resolved for grade in empty}) > 1:
        return "flaky"
    if not gold[0].resolved:
        return "gold fails"
    return "resolved without a patch" if empty[0].resolved else "valid"


def _differing(grades: list[Grade]) -> set[str]:
    passed = [set(grade.fail_to_pass.passed) | set(grade.pass_to_pass.passed) for grade in grades]
    first, second = passed
    return first ^ second


def _reason(grade: Grade) -> str:
    failed = (*grade.fail_to_pass.failed, *grade.pass_to_pass.failed)
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return "; ".join(filter(None, (grade.reason, f"{failed[0]}{more}" if failed else "", grade.note)))
