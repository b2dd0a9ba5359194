"""What `mimosa fix` ends with, as one value: the screen prints it, `--json` dumps it."""

from collections.abc import Sequence
from pathlib import Path

from agent.events import Record, ReplyRepaired, RequestRetried, Verified
from agent.export.summary import Summary
from model_runtime.messages import Frozen
from model_runtime.metrics.session import SessionFigures

DONE, FAILED, NO_FIX, LIMIT = 0, 1, 3, 4


class Cost(Frozen):
    """What an attempt took. Tokens are as the server counted them; all times are in seconds."""

    turns: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    model_seconds: float
    tool_seconds: float
    seconds: float
    repairs: int
    retries: int

    @classmethod
    def of(cls, summary: Summary, records: Sequence[Record]) -> "Cost":
        totals = summary.totals
        return cls(
            turns=totals.steps,
            prompt_tokens=totals.read,
            cached_tokens=totals.cached,
            completion_tokens=totals.written,
            model_seconds=round(totals.model_seconds, 2),
            tool_seconds=round(totals.tool_seconds, 2),
            seconds=round(summary.ended_at - summary.started_at, 2),
            repairs=sum(isinstance(record.event, ReplyRepaired) for record in records),
            retries=sum(isinstance(record.event, RequestRetried) for record in records),
        )


class FixResult(Frozen):
    """One attempt's outcome. `ended` is the turn's reason; `verification` is None where there is no patch;
    `base_commit` is what the work began from, "" in a repository without commits. `server` is what it took of the
    model's server, None where that does not tell."""

    session: str
    session_folder: Path
    model: str
    base_commit: str
    ended: str
    summary: str
    patch: str
    verification: Verified | None
    cost: Cost
    server: SessionFigures | None = None

    @property
    def verdict(self) -> str:
        """One word: the verification's verdict, or `no patch`."""
        return self.verification.verdict if self.verification else "no patch"

    @property
    def exit_code(self) -> int:
        """The design's exit codes: a limit outranks an empty patch, a regression is a failure."""
        if self.ended == "limit":
            return LIMIT
        if not self.patch:
            return NO_FIX
        return FAILED if self.verdict == "regressed" else DONE
