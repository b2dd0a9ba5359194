"""What `mimosa run` ends with, as one value: `--json` prints it."""

from collections.abc import Sequence
from pathlib import Path

from agent.errors import INTERRUPTED
from agent.events import Record, Replied, ToolFinished, TurnEnded
from agent.export.summary import summarize
from agent.fix.result import Cost
from model_runtime.messages import Frozen
from model_runtime.metrics.session import SessionFigures

EXIT_CODES = {"finished": 0, "answered": 0, "limit": 4, "interrupted": INTERRUPTED, "failed": 1}


class RunResult(Frozen):
    """`ended` is how the turn ended, `detail` why if that needs words, `answer` the model's last words.
    `changed` are the files that the sandbox has otherwise than the user, `patch` how; `applied` those that were
    brought to the user, `conflicts` those that wait for a decision, with the reason. `cost` is that of the whole
    session; `server` is what this run took of the model's server, None where that does not tell."""

    session: str
    session_folder: Path
    model: str
    ended: str
    detail: str
    answer: str
    exit_code: int
    changed: tuple[str, ...]
    patch: str
    applied: tuple[str, ...]
    conflicts: dict[str, str]
    cost: Cost
    server: SessionFigures | None = None


def outcome(records: Sequence[Record]) -> tuple[TurnEnded, str]:
    """How the last turn ended, and the model's last words: the summary of `finish`, or what it answered."""
    ended = TurnEnded(reason="failed", detail="the turn came to no end")
    answer = ""
    for record in records:
        match record.event:
            case Replied(message=message) if message.content.strip():
                answer = message.content.strip()
            case ToolFinished(call=call, message=message, is_error=False) if call.name.strip() == "finish":
                answer = message.content.strip()
            case TurnEnded():
                ended = record.event
    return ended, answer


def cost_of(records: Sequence[Record]) -> Cost:
    return Cost.of(summarize(records), records)
