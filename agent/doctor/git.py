"""The git program: it brings a repository in and carries a patch out."""

import shutil
import subprocess
from collections.abc import Iterator

from agent.doctor.base import Case
from model_runtime.doctor.base import Finding


class GitCheck:
    subject = "git"

    def look(self, case: Case) -> Iterator[Finding]:  # noqa: ARG002 (a check's contract)
        program = shutil.which("git")
        if program is None:
            yield Finding(self.subject, "wrong", "there is no git on the path", "apt-get install git")
            return
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30)
        yield Finding(self.subject, "right", f"{done.stdout.strip().removeprefix('git version ')} at {program}")
