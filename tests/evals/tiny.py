"""The smallest instances there are, and small honest implementations of what prepares and grades them: a real
repository, real sandboxes of the local backend, a real test command."""

import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.config.load import Loaded, load_settings
from agent.place import ARCHIVE, Place
from evals.grading.base import Grade, Tally
from evals.instances.base import Instance
from evals.running.base import HistoryProof, Prepared
from sandbox.progress import Progress, Report, silent
from sandbox.workspace.snapshot import take_snapshot

WRONG, RIGHT = "wrong\n", "right\n"
GOLD = """\
diff --git a/answer.txt b/answer.txt
--- a/answer.txt
+++ b/answer.txt
@@ -1 +1 @@
-wrong
+right
"""
TEST = "grep -qx right answer.txt"
FAILS = "answer"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make_repository(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name, text in (files or {"answer.txt": WRONG, "other.txt": "x\n"}).items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def tiny_instances(repositories: list[Path], number: int) -> list[Instance]:
    """`number` instances, spread over the repositories in turn."""
    commits = {folder: git(folder, "rev-parse", "HEAD") for folder in repositories}
    chosen = [repositories[index % len(repositories)] for index in range(number)]
    return [
        Instance(
            instance_id=f"{folder.name}__{folder.name}-{index}",
            repo=str(folder),
            base_commit=commits[folder],
            problem_statement=f"answer.txt is wrong ({index})",
            patch=GOLD,
            test_patch="",
            FAIL_TO_PASS=(FAILS,),
        )
        for index, folder in enumerate(chosen)
    ]


@dataclass(frozen=True)
class TinyPreparer:
    """A snapshot of the repository that `repo` names, in the local sandbox."""

    loaded: Loaded
    delay_s: float = 0.0

    def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
        report(Progress(f"image of {instance.instance_id}", "copying", 1, 3))
        time.sleep(self.delay_s)
        archive = folder / ARCHIVE
        snapshot = take_snapshot(Path(instance.repo), archive, uid=os.geteuid(), gid=os.getegid())
        place = Place(backend="local", snapshot=snapshot, test_command=TEST)
        digest = hashlib.sha256(instance.base_commit.encode()).hexdigest()
        return Prepared(instance=instance, place=place, history=HistoryProof(commits=1, digest=digest))


@dataclass(frozen=True)
class TinyGrader:
    """Runs the test on a fresh copy with the patch."""

    loaded: Loaded

    def grade(self, instance: Instance, patch: bytes, folder: Path) -> Grade:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "copy"
            git(Path(place), "clone", "-q", "--shared", instance.repo, str(copy))
            applied = subprocess.run(["git", "apply"], input=patch, cwd=copy, capture_output=True, check=False)
            done = subprocess.run(["bash", "-c", TEST], cwd=copy, capture_output=True, check=False)
        (folder / "test_output.txt").write_text(f"exit {done.returncode}\n")
        passed = applied.returncode == 0 and done.returncode == 0
        return Grade(
            instance_id=instance.instance_id,
            resolved=passed,
            reason="resolved" if passed else "wrong patch",
            fail_to_pass=Tally(passed=(FAILS,)) if passed else Tally(failed=(FAILS,)),
            exit_code=done.returncode,
            log="test_output.txt",
            seconds=round(time.monotonic() - began, 3),
        )


def settings(**flags: object) -> Loaded:
    """Settings of the local backend with `section__key=value` put over them."""
    given = {name.replace("__", "."): value for name, value in flags.items()}
    return load_settings(None, {"HOME": "/nonexistent"}, {"sandbox.backend": "local", **given})
