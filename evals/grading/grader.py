"""Grades a patch in a fresh container of the instance's image."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.errors import EvalInfrastructure
from evals.grading.base import Grade, Reason
from evals.grading.canary import canary_files, canary_name, is_alive, plant_command
from evals.grading.container import GradingContainer, GradingLimits, grading_container
from evals.grading.log import NAME, write_log
from evals.grading.patches import graded_part, test_files
from evals.grading.scripts import EvalScript, eval_script, split
from evals.grading.task import grade_task
from evals.grading.verdict import Verdict, judge
from evals.images.build import EvalImage, EvalImages
from evals.instances.base import Instance
from sandbox.errors import EngineUnavailable, EnvironmentFailed, SandboxDied

PATCH = "/tmp/patch.diff"
SCRIPT = "/tmp/eval.sh"
APPLY = (
    "git apply --verbose",
    "git apply --verbose --3way",
    "git apply --verbose --reject",
    "patch --batch --forward --fuzz=5 -p1 -i",
)
"""What SWE-bench tries, one after the other, each on a clean tree."""

CLEAN = "git checkout -- . ; git clean -fdq"
NOT_AGAIN = "the tests passed, and did not end when they were run once more"
TAMPERED = "a test that must fail did not: the patch tampers with what runs the tests"


@dataclass(frozen=True)
class Examined:
    """What one run of the tests came to. `output` is None where they did not run."""

    reason: Reason
    exit_code: int | None = None
    verdict: Verdict | None = None
    note: str = ""


class DockerGrader:
    """Implements `Grader`. With `canary`, a patch that resolves its instance is run once more, with a test among
    the deciding ones that must fail: where it does not, the verdict is not believed."""

    def __init__(self, images: EvalImages, limits: GradingLimits | None = None, *, canary: bool = True) -> None:
        self._images = images
        self._limits = limits or GradingLimits()
        self._canary = canary

    def grade(self, instance: Instance, patch: bytes, folder: Path) -> Grade:
        if not patch.strip():
            return Grade(instance_id=instance.instance_id, resolved=False, reason="no patch")
        return self.examine(instance, patch, folder)

    def examine(self, instance: Instance, patch: bytes, folder: Path) -> Grade:
        """As `grade`, for an empty patch as well: it runs the tests on the repository as it is."""
        started = time.monotonic()
        image = self._image(instance)
        if instance.task:
            return grade_task(self._images.client, instance, image, patch, folder, self._limits)
        script = split(eval_script(instance, image.test_command, image.folder), instance.instance_id)
        part, left_out = graded_part(
            patch, test_patch=instance.test_patch, gold=instance.patch, test_command=script.tests
        )
        folder.mkdir(parents=True, exist_ok=True)
        examined = self._run(instance, image, script, part, folder / NAME)
        if examined.reason == "resolved" and self._canary:
            doubt = self._doubt(instance, image, script, part)
            if doubt:
                examined = Examined("no result", examined.exit_code, examined.verdict, doubt)
        verdict = examined.verdict or Verdict(reason=examined.reason)
        return Grade(
            instance_id=instance.instance_id,
            resolved=examined.reason == "resolved",
            reason=examined.reason,
            fail_to_pass=verdict.fail_to_pass,
            pass_to_pass=verdict.pass_to_pass,
            exit_code=examined.exit_code,
            log=NAME if (folder / NAME).exists() else "",
            image=image.digest,
            seconds=round(time.monotonic() - started, 2),
            note="; ".join(filter(None, (examined.note, _told(left_out)))),
        )

    def _image(self, instance: Instance) -> EvalImage:
        try:
            return self._images.ensure(instance)
        except EnvironmentFailed as error:
            raise EvalInfrastructure("image", f"{instance.instance_id}: {error}") from error
        except (EngineUnavailable, SandboxDied) as error:
            raise EvalInfrastructure("engine", f"{instance.instance_id}: {error}") from error

    def _run(
        self, instance: Instance, image: EvalImage, script: EvalScript, patch: bytes, log: Path, plant: str = ""
    ) -> Examined:
        """Apply, prepare, run, judge. `plant` is a command that is run when the tests are in place."""
        log.unlink(missing_ok=True)
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(TemporaryDirectory(prefix="mimosa-grade-")))
            container = stack.enter_context(
                grading_container(self._images.client, image.name, self._limits, image.variables)
            )
            if patch and not _apply(container, image.folder, patch):
                return Examined("timed out" if container.timed_out else "does not apply")
            container.put(SCRIPT, _whole(script, plant).encode())
            output = scratch / "output"
            with output.open("wb") as stream:
                exit_code = container.run(["bash", SCRIPT], image.folder, stream)
            timed_out = container.timed_out
            write_log(log, output, exit_code)
        if timed_out:
            return Examined("timed out", note=f"the tests did not end within {self._limits.seconds:.0f} s")
        verdict = judge(instance, log)
        return Examined(verdict.reason, exit_code, verdict, verdict.note)

    def _doubt(self, instance: Instance, image: EvalImage, script: EvalScript, patch: bytes) -> str:
        """Why a verdict is not to be believed, "" where the canary fails as it must, or none can be planted."""
        files = canary_files(instance, [name for name, _ in test_files(instance.test_patch)])
        if not files:
            return ""
        name = canary_name()
        with TemporaryDirectory(prefix="mimosa-canary-") as scratch:
            log = Path(scratch) / NAME
            examined = self._run(instance, image, script, patch, log, plant_command(name, files))
        if examined.verdict is None:
            return NOT_AGAIN
        dead = examined.exit_code != 0 and not is_alive(name, files, dict(examined.verdict.statuses))
        return "" if dead else TAMPERED


def _apply(container: GradingContainer, folder: str, patch: bytes) -> bool:
    container.put(PATCH, patch)
    for number, command in enumerate(APPLY):
        if number:
            container.run(["bash", "-c", CLEAN], folder)
        if container.run(["bash", "-c", f"{command} {PATCH}"], folder) == 0:
            return True
    return container.run(["bash", "-c", f"git apply --check --reverse {PATCH}"], folder) == 0


def _whole(script: EvalScript, plant: str) -> str:
    """One script, so that what the preparation exports is there for the tests. Its own output goes elsewhere, and
    the exit code is that of the last line, the tests' own."""
    return (
        f'rm -f "$0" {PATCH}\n'
        "exec 3>&1 4>&2 >/tmp/prepare.log 2>&1\n"
        f"{script.prepare}\n{plant}\n"
        "exec 1>&3 2>&4 3>&- 4>&-\n"
        f"{script.tests}\n"
    )


def _told(left_out: tuple[str, ...]) -> str:
    return f"graded without the patch's changes to {', '.join(left_out)}" if left_out else ""
