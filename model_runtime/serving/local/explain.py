"""Why a server ended, from its log."""

import re
from dataclasses import dataclass
from pathlib import Path

from model_runtime.serving.local.causes import CAUSES
from model_runtime.serving.local.preflight import other_version

OURS = "[mimosa]"
STARTS = f"{OURS} starting "
"""How the supervisor's line begins that stands before each start in a log."""
TAIL_BYTES = 2_000_000
LAST_LINES = 8
WIDEST = 300


@dataclass(frozen=True)
class Explanation:
    """cause: a name out of CAUSES, "unknown" if none fits. lines: of the log, that show it."""

    cause: str
    what: str
    todo: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Several lines: what happened, how the log shows it, what to do."""
        lines = (f"{self.what}:" if self.lines else f"{self.what}.", *(f"  {line}" for line in self.lines))
        return "\n".join((*lines, self.todo) if self.todo else lines)


def explain(log: str, *, sglang: str, exit_code: int | None = None) -> Explanation:
    """`log`: of this start alone. `sglang`: the version that wrote it. `exit_code`: negative for a signal, None if
    not known."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", log) if line.strip()]
    lines = [line for line in lines if not line.startswith(OURS)]
    for cause in CAUSES:
        shown = next((line for line in lines if re.search(cause.pattern, line)), None)
        if shown is None or (cause.also and not re.search(cause.also, log)):
            continue
        return Explanation(cause.name, cause.what, cause.todo or other_version(sglang), (shown[:WIDEST],))
    last = tuple(line[:WIDEST] for line in lines[-LAST_LINES:])
    return Explanation("unknown", _how_it_ended(exit_code), "", last)


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is None:
        return "its log names no known cause"
    if exit_code < 0:
        return f"it was killed by signal {-exit_code}"
    return f"it ended with exit code {exit_code}"


def tail(log: Path, most: int = TAIL_BYTES) -> str:
    """The end of a log as far as it is about the last start, "" if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - most))
            return file.read().decode("utf-8", "replace").rpartition(STARTS)[2]
    except FileNotFoundError:
        return ""
