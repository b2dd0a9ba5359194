"""One run of the tests on a clean copy, and how each test ended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.config.settings import SandboxSettings
from agent.place import Place
from sandbox.errors import SandboxError

SUMMARY = re.compile(r"^(PASSED|FAILED|ERROR|XFAIL|XPASS|SKIPPED) (.+?)(?: - .*)?$", re.MULTILINE)
PASSING = ("PASSED", "XFAIL")
FLAGS = "-rA --color=no --continue-on-collection-errors -p no:cacheprovider"
_TAIL_LINES = 8


@dataclass(frozen=True)
class Trial:
    """`outcomes` are pytest's words for each test id that its summary names. `exit_code` None: it never ended."""

    outcomes: dict[str, str]
    exit_code: int | None
    seconds: float
    tail: str

    @property
    def hangs(self) -> bool:
        return self.exit_code is None

    def passing(self) -> frozenset[str]:
        return frozenset(name for name, word in self.outcomes.items() if word in PASSING)


def command_of(place: Place, files: Sequence[str] = ()) -> str:
    """The place's test command as mining runs it, on `files` alone where some are given."""
    return " ".join((place.test_command, FLAGS, *files))


async def run_trial(
    place: Place, settings: SandboxSettings, patches: Sequence[bytes], command: str, timeout: float
) -> Trial:
    """Apply `patches` in order in a new sandbox and run `command`, for `timeout` seconds at most. Raises
    SandboxError, DoesNotApply among them."""
    sandbox = place.new_sandbox(settings)
    try:
        await sandbox.start()
        for patch in patches:
            try:
                await sandbox.apply(patch)
            except SandboxError as error:
                raise DoesNotApply(str(error)) from error
        result = await sandbox.run(f"TZ=UTC PYTHONHASHSEED=0 {command}", timeout=timeout)
        whole = (await sandbox.read(result.output_path)).decode(errors="replace") if result.output_bytes else ""
    finally:
        await sandbox.close()
    return Trial(
        outcomes={found[2]: found[1] for found in SUMMARY.finditer(whole)},
        exit_code=None if result.timed_out else result.exit_code,
        seconds=result.duration,
        tail="\n".join(whole.strip().splitlines()[-_TAIL_LINES:]),
    )


class DoesNotApply(SandboxError):
    """A part of a commit does not go onto its parent by itself."""
