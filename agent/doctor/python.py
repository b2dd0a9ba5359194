"""Python, and Mimosa itself."""

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version

from agent.doctor.base import Case
from model_runtime.doctor.base import Finding

OLDEST = (3, 11)


class PythonCheck:
    subject = "Python"

    def look(self, case: Case) -> Iterator[Finding]:  # noqa: ARG002 (a check's contract)
        said = f"{platform.python_version()} at {sys.executable}, mimosa {version('mimosa-coder')}"
        if sys.version_info < OLDEST:
            yield Finding(self.subject, "wrong", f"{said}: too old", "install Python 3.11 or newer")
        else:
            yield Finding(self.subject, "right", said)
