"""A claim is checked: the patch goes onto a clean copy in a new sandbox, and the tests run without and with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agent.events import TestRun, Verified
from agent.export.words import plural
from agent.patch_files import deleted_tests, only_tests
from sandbox.base import Sandbox

Say = Callable[[str], None]
NewSandbox = Callable[[], Sandbox]
Verdict = Literal["verified", "unverified", "regressed"]

NOTHING_COLLECTED = 5
"""pytest's exit code when it found no test to run."""

_FAILED_TEST = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_TAIL_CHARACTERS = 2000


@dataclass(frozen=True)
class Outcome:
    """One run of the tests. `failures` are the ids that pytest's summary names, empty for other runners."""

    exit_code: int | None
    seconds: float
    tail: str
    failures: frozenset[str]

    @property
    def passed(self) -> bool:
        return self.exit_code == 0

    def summary(self) -> TestRun:
        return TestRun(exit_code=self.exit_code, seconds=round(self.seconds, 2), tail=self.tail)


async def verify(
    patch: bytes, *, new_sandbox: NewSandbox, test_command: str | None, timeout: float, say: Say
) -> Verified:
    """Run `test_command` on a clean copy with the patch, then on one without it.

    The copy without it gets the tests that the patch brings, so that a new test has to fail there. `timeout`
    bounds each run, in seconds. Raises SandboxError.
    """
    if not test_command:
        return Verified(verdict="unverified", reason="no test command is known; name one with --test")
    say("running the tests on a clean copy with the patch")
    after = await _run_tests(patch, new_sandbox, test_command, timeout)
    brought = only_tests(patch)
    say("running the tests on a clean copy without the fix")
    before = await _run_tests(brought, new_sandbox, test_command, timeout)
    if brought and not before.passed and not after.passed:
        say("running the repository's own tests as they were")
        brought, before = b"", await _run_tests(b"", new_sandbox, test_command, timeout)
    verdict, reason = judge(before, after, brings_tests=bool(brought))
    if verdict == "verified" and (gone := deleted_tests(patch)):
        # Tests that are gone cannot fail: what is left passing proves nothing of them.
        verdict, reason = "unverified", f"the patch deletes tests: {', '.join(gone)}"
    return Verified(
        verdict=verdict,
        reason=reason,
        test_command=test_command,
        before=before.summary(),
        after=after.summary(),
    )


def judge(before: Outcome, after: Outcome, *, brings_tests: bool) -> tuple[Verdict, str]:
    """The verdict on two runs of the same command, and the reason in one sentence."""
    if after.exit_code == NOTHING_COLLECTED:
        return _nothing_to_run(before)
    if after.exit_code is None:
        return "unverified" if before.exit_code is None else "regressed", "the tests with the patch never ended"
    if after.passed and before.passed:
        return "verified", "the tests pass with the patch, as they did before; none of them shows the bug"
    if after.passed and brings_tests:
        return "verified", "the patch's own tests fail without the fix, and all tests pass with it"
    if after.passed:
        return "verified", "the tests failed before and pass with the patch"
    if before.passed:
        return "regressed", "the tests passed before and fail with the patch"
    return _compare_failures(before, after)


def _nothing_to_run(before: Outcome) -> tuple[Verdict, str]:
    if before.exit_code in (NOTHING_COLLECTED, None):
        return "unverified", "the test command found no tests"
    return "regressed", "the test command finds no tests with the patch, and found some before"


def _compare_failures(before: Outcome, after: Outcome) -> tuple[Verdict, str]:
    if not before.failures or not after.failures:
        return "unverified", "the tests fail with and without the patch"
    if new := sorted(after.failures - before.failures):
        return "regressed", f"tests fail that did not fail before: {len(new)}, the first {new[0]}"
    if cured := len(before.failures - after.failures):
        return (
            "verified",
            f"{cured} of {plural(len(before.failures), 'failing test')} now pass, and no other test fails",
        )
    same = "the same test fails" if len(after.failures) == 1 else f"the same {len(after.failures)} tests fail"
    return "unverified", f"{same} with and without the patch"


async def _run_tests(patch: bytes, new_sandbox: NewSandbox, command: str, timeout: float) -> Outcome:
    sandbox = new_sandbox()
    try:
        await sandbox.start()
        if patch:
            await sandbox.apply(patch)
        result = await sandbox.run(command, timeout=timeout)
        whole = (await sandbox.read(result.output_path)).decode(errors="replace") if result.output_bytes else ""
    finally:
        await sandbox.close()
    return Outcome(
        exit_code=None if result.timed_out else result.exit_code,
        seconds=result.duration,
        tail=whole[-_TAIL_CHARACTERS:],
        failures=frozenset(_FAILED_TEST.findall(whole)),
    )
