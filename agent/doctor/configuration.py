"""The settings: that they can be read was found out before; here, what of them is worth a word."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from agent.config.load import Loaded
from agent.doctor.base import Case
from agent.errors import UsageError
from model_runtime.doctor.base import Finding
from model_runtime.profiles import find_profile


@dataclass(frozen=True)
class ConfigurationCheck:
    """error: why the settings could not be read; the defaults stand in for them then."""

    loaded: Loaded | None
    error: UsageError | None = None
    subject: str = "configuration"

    def look(self, case: Case) -> Iterator[Finding]:
        if self.error is not None or self.loaded is None:
            yield Finding(self.subject, "wrong", str(self.error), "mend the file or the variable that it names")
            return
        if case.settings.model.profile:
            find_profile(case.settings.model.profile)
        files = [str(path) for path in self.loaded.files if path.is_file()]
        variables = sorted(name for name in os.environ if name.startswith("MIMOSA_"))
        sources = ", ".join([*files, *variables]) or "the defaults alone"
        yield Finding(self.subject, "right", f"from {sources}")
        for note in self.loaded.notes:
            yield Finding(self.subject, "note", note)
