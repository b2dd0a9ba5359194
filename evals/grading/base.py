"""The contract of a grader, and its verdict."""

from pathlib import Path
from typing import Literal, Protocol

from evals.instances.base import Instance
from model_runtime.messages import Frozen

Reason = Literal["resolved", "no patch", "does not apply", "wrong patch", "broke tests", "timed out", "no result"]
"""Why an instance counts as it does. `wrong patch`: a FAIL_TO_PASS test still fails. `broke tests`: those
pass, and a PASS_TO_PASS test no longer does. `no result`: the tests ran, and what they printed says nothing
that can be believed."""


class Tally(Frozen):
    """The named tests by how they ended; a test that is missing from the log failed."""

    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class Grade(Frozen):
    """`log` is the path of what the tests printed, relative to the attempt's folder, "" if nothing ran.
    `image` is the digest that they ran in; `exit_code` is the test command's, None where it never ended.
    `seconds` is wall time. `note` says what the reason alone does not, "" for nothing."""

    instance_id: str
    resolved: bool
    reason: Reason
    fail_to_pass: Tally = Tally()
    pass_to_pass: Tally = Tally()
    exit_code: int | None = None
    log: str = ""
    image: str = ""
    seconds: float = 0.0
    note: str = ""


class Grader(Protocol):
    def grade(self, instance: Instance, patch: bytes, folder: Path) -> Grade:
        """Run the instance's tests on `patch` in a fresh container; blocks, for minutes at times. What they
        print is written into `folder`. Raises EvalInfrastructure where no verdict can be had that is the
        model's."""
        ...
