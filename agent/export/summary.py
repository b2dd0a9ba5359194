"""A session in a few figures: what it was for, how it ended, what it cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from agent.errors import SessionError
from agent.events import (
    Compacted,
    Record,
    Replied,
    SessionEnded,
    SessionStarted,
    ToolFinished,
    TurnEnded,
    UserSaid,
    Verified,
)
from model_runtime.base import Usage

Tone = Literal["good", "warning", "bad", "open"]


@dataclass(frozen=True)
class Outcome:
    """How it ended, in one word for tables and in a sentence."""

    word: str
    tone: Tone
    detail: str = ""


@dataclass(frozen=True)
class Totals:
    """Sums over the session, the summaries of compactions included. `steps` are replies; `read` and `written` are
    tokens, `cached` the part of `read` that was not prefilled again; times are in seconds."""

    steps: int = 0
    read: int = 0
    cached: int = 0
    written: int = 0
    model_seconds: float = 0.0
    tool_seconds: float = 0.0


@dataclass(frozen=True)
class Summary:
    """`started_at` and `ended_at` are the Unix times of the first and the last record. The task of a
    conversation, which begins without one, is what the user said first."""

    started: SessionStarted
    started_at: float
    ended_at: float
    outcome: Outcome
    totals: Totals
    verified: Verified | None
    ended: SessionEnded | None


_BY_EXIT_CODE: dict[int, tuple[str, Tone]] = {
    0: ("done", "good"),
    1: ("failed", "bad"),
    2: ("wrong usage", "bad"),
    3: ("no fix", "warning"),
    4: ("limit", "warning"),
    75: ("unavailable", "bad"),
    130: ("interrupted", "warning"),
}
TONES: dict[str, Tone] = {"verified": "good", "unverified": "warning", "regressed": "bad"}


def summarize(records: Iterable[Record]) -> Summary:
    """Read a session once, from its first record to its last. Raises SessionError if it has no beginning."""
    first: Record | None = None
    last: Record | None = None
    turn_end: TurnEnded | None = None
    verified: Verified | None = None
    ended: SessionEnded | None = None
    tally = _Tally()
    said = ""
    for record in records:
        first, last = first or record, record
        match record.event:
            case UserSaid(message=message, by="user"):
                said = said or message.content
            case Replied() as reply:
                tally.steps += 1
                tally.pay(reply.usage, reply.seconds)
                turn_end = verified = ended = None  # a resumed session goes on: what ended it before is past
            case Compacted(usage=usage, seconds=seconds):
                tally.pay(usage, seconds)
            case ToolFinished(seconds=seconds):
                tally.tool_seconds += seconds
            case TurnEnded() as event:
                turn_end = event
            case Verified() as event:
                verified = event
            case SessionEnded() as event:
                ended = event
            case _:
                pass
    if first is None or last is None or not isinstance(first.event, SessionStarted):
        raise SessionError("the session log has no beginning: its first line does not say how it started")
    outcome = _outcome(turn_end, verified, ended)
    started = first.event.model_copy(update={"task": first.event.task or said})
    return Summary(started, first.at, last.at, outcome, tally.totals(), verified, ended)


def _outcome(turn_end: TurnEnded | None, verified: Verified | None, ended: SessionEnded | None) -> Outcome:
    if verified is not None and (ended is None or ended.exit_code in (0, 3)):
        return Outcome(verified.verdict, TONES[verified.verdict], verified.reason)
    detail = turn_end.detail if turn_end is not None else ""
    if ended is not None:
        word, tone = _BY_EXIT_CODE.get(ended.exit_code, (f"exit {ended.exit_code}", "bad"))
        return Outcome(word, tone, detail)
    if turn_end is not None and turn_end.reason == "answered":
        return Outcome("answered", "open", detail)
    return Outcome("unfinished", "open", detail)


class _Tally:
    def __init__(self) -> None:
        self.steps = self.read = self.cached = self.written = 0
        self.model_seconds = self.tool_seconds = 0.0

    def pay(self, usage: Usage, seconds: float) -> None:
        """What one request cost, for a reply or for a summary of the history."""
        self.read += usage.prompt_tokens
        self.cached += usage.cached_tokens
        self.written += usage.completion_tokens
        self.model_seconds += seconds

    def totals(self) -> Totals:
        return Totals(self.steps, self.read, self.cached, self.written, self.model_seconds, self.tool_seconds)
