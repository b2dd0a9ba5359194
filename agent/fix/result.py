"""What `mimosa fix` ends with, as one value: the screen prints it, `--json` dumps it."""

from pathlib import Path

from agent.events import Verified
from model_runtime.messages import Frozen

DONE, FAILED, NO_FIX, LIMIT = 0, 1, 3, 4


class Cost(Frozen):
    """What an attempt took. Tokens are as the server counted them; seconds are wall time."""

    turns: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    model_seconds: float = 0.0
    tool_seconds: float = 0.0
    seconds: float = 0.0
    repairs: int = 0
    retries: int = 0


class FixResult(Frozen):
    """One attempt's outcome. `verdict` is None where there is no patch to verify."""

    session: str
    session_folder: Path
    model: str
    ended: str
    detail: str
    summary: str
    patch: str
    verification: Verified | None
    cost: Cost

    @property
    def exit_code(self) -> int:
        """The design's exit codes: a limit outranks an empty patch, a regression is a failure."""
        if self.ended == "limit":
            return LIMIT
        if not self.patch:
            return NO_FIX
        return FAILED if self.verification and self.verification.verdict == "regressed" else DONE
