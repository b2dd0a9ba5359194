"""The requests of a recorded session: real work, never random tokens, which no draft model can guess."""

from dataclasses import dataclass, replace
from pathlib import Path

from agent.errors import SessionError
from agent.events import Replied, SessionStarted
from agent.history import CHARACTERS_PER_TOKEN, History, characters
from agent.log import read_records
from model_runtime.base import ChatRequest, Sampling
from model_runtime.messages import SystemMessage

SHIPPED = Path(__file__).with_name("session.jsonl")
"""A session of eight replies: a bug of a real package is found and repaired."""
LEAST_TOKENS = 16


@dataclass(frozen=True)
class Step:
    """One request as it was sent. written: tokens of its reply, as many as the replayed one may have."""

    request: ChatRequest
    written: int


@dataclass(frozen=True)
class Recording:
    """The steps of one session, in order; each begins with all of the one before, compactions aside."""

    steps: tuple[Step, ...]

    def marked(self, mark: str, sampling: Sampling) -> "Recording":
        """The same for one replay: a first line of its own keeps the prefix cache from giving it what another
        replay left there."""
        return Recording(tuple(replace(step, request=_marked(step, mark, sampling)) for step in self.steps))


def read_recording(path: Path, most: int | None = None) -> Recording:
    """The first `most` requests of a session log, or all. Raises SessionError."""
    records, _ = read_records(path)
    start = records[0].event if records else None
    if not isinstance(start, SessionStarted):
        raise SessionError(f"{path} is no session log: it does not begin with session_started.")
    history, steps = History(start.system, start.tools), list[Step]()
    for record in records[1:]:
        if isinstance(record.event, Replied):
            written = record.event.usage.completion_tokens or int(
                characters(record.event.message) / CHARACTERS_PER_TOKEN
            )
            steps.append(Step(ChatRequest(history.messages, history.tools, stream=True), written))
        history.apply(record.event)
    if not steps:
        raise SessionError(f"{path} holds no reply, so there is nothing to ask again.")
    return Recording(tuple(steps[:most]))


def _marked(step: Step, mark: str, sampling: Sampling) -> ChatRequest:
    head, *rest = step.request.messages
    assert isinstance(head, SystemMessage), "a history begins with its head"
    first = SystemMessage(content=f"{mark}\n\n{head.content}")
    most = max(LEAST_TOKENS, min(step.written, sampling.max_tokens))
    return replace(
        step.request,
        messages=(first, *rest),
        sampling=sampling.model_copy(update={"max_tokens": most}),
    )
