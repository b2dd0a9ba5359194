"""Recorded sessions, asked again side by side, each request timed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.bench.recording import Recording
from model_runtime.base import ChatModel, ChatRequest, Completed, Retrying, Usage


@dataclass(frozen=True)
class Timed:
    """One request. first_s: until anything of the reply came, None if it came whole; whole_s: until its end.
    retries: the times of such a request are not the server's alone."""

    usage: Usage
    first_s: float | None
    whole_s: float
    retries: int = 0

    @property
    def decode_rate(self) -> float | None:
        """Tokens a second after the first; None where the reply came whole, or was too short."""
        if self.first_s is None or self.usage.completion_tokens < 2 or self.whole_s <= self.first_s:
            return None
        return (self.usage.completion_tokens - 1) / (self.whole_s - self.first_s)


@dataclass(frozen=True)
class Replayed:
    """All requests of all sessions, session by session; wall_s: from the first to the last."""

    sessions: tuple[tuple[Timed, ...], ...]
    wall_s: float

    @property
    def requests(self) -> tuple[Timed, ...]:
        return tuple(timed for session in self.sessions for timed in session)


Tell = Callable[[], None]


async def replay(model: ChatModel, recordings: Sequence[Recording], tell: Tell) -> Replayed:
    """All `recordings` at once; `tell` is called after each request. Raises ModelError."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one(model, each, tell)) for each in recordings]
    return Replayed(tuple(task.result() for task in tasks), time.monotonic() - began)


async def _one(model: ChatModel, recording: Recording, tell: Tell) -> tuple[Timed, ...]:
    timed = []
    for step in recording.steps:
        timed.append(await ask(model, step.request))
        tell()
    return tuple(timed)


async def ask(model: ChatModel, request: ChatRequest) -> Timed:
    began = time.monotonic()
    first_s: float | None = None
    retries = 0
    usage = Usage()
    async for delta in model.chat(request):
        match delta:
            case Retrying():
                began, first_s, retries = time.monotonic(), None, retries + 1
            case Completed():
                usage = delta.usage
            case _:
                first_s = first_s if first_s is not None else time.monotonic() - began
    return Timed(usage, first_s, time.monotonic() - began, retries)
