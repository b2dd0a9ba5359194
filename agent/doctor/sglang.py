"""SGLang: is it there, in the version that the plans are written for, and does it take the plan's flags?"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from agent.doctor.base import Case, spared
from agent.serving.start import Wish, card_of, plan_of
from model_runtime.doctor.base import Finding
from model_runtime.errors import ModelError
from model_runtime.serving.errors import LaunchRefused
from model_runtime.serving.local.preflight import WRITTEN_FOR, check_flags, find_python

SUBJECT = "SGLang"


class SglangCheck:
    """Only where a server would be started here: asking SGLang takes seconds."""

    subject = SUBJECT

    def look(self, case: Case) -> Iterator[Finding]:
        if not case.starts_server:
            yield spared(Finding(SUBJECT, "skipped", "it was not looked at"), case)
            return
        settings = case.settings.serve
        try:
            python = find_python(settings.python or sys.executable)
            with tempfile.TemporaryDirectory() as empty:
                version = check_flags(python, (*_flags(case), *settings.flags), Path(empty))
        except LaunchRefused as error:
            said, _, todo = str(error).partition("\n")
            yield Finding(SUBJECT, "wrong", said, todo)
            return
        if version != WRITTEN_FOR:
            mend = f"{python} -m pip install 'sglang=={WRITTEN_FOR}'"
            yield Finding(SUBJECT, "note", f"{version}; the plans are written for {WRITTEN_FOR}", mend)
            return
        yield Finding(SUBJECT, "right", f"{version} at {python}, which takes the plan's flags")


def _flags(case: Case) -> tuple[str, ...]:
    """The plan's, or where nothing can be planned, the one that SGLang cannot do without."""
    settings = case.settings.serve
    try:
        commands = plan_of(settings, card_of(settings), Wish()).commands
    except ModelError:
        commands = ()
    return commands[0].argv()[3:] if commands else ("--model-path", "none")
