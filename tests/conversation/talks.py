"""Conversations over a real repository in a local sandbox, with a server that plays the model."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from model_server import Call, Reply

from agent.config.load import load_settings
from agent.conversation.conversation import Conversation
from agent.conversation.equipment import Assemble, bare
from agent.conversation.opening import Opening
from agent.events import Event, ToolFinished, TurnEnded
from agent.permission.base import Answer, Mode, PermissionRequest
from agent.store import SessionStore


def bash(command: str) -> Reply:
    return Reply(reasoning=f"I run {command}", calls=(Call("bash", {"command": command}),))


class Person:
    """Answers questions from a list, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[PermissionRequest] = []
        self._answers = list(answers)

    async def ask(self, request: PermissionRequest) -> Answer:
        self.asked.append(request)
        return self._answers.pop(0)


class Served(Protocol):
    """A server that plays the model, here or in another process."""

    @property
    def url(self) -> str: ...


@dataclass(frozen=True)
class Talks:
    """Opens conversations of one user."""

    state: Path
    repository: Path
    server: Served

    @property
    def store(self) -> SessionStore:
        return SessionStore(self.state)

    def opening(self, mode: Mode = "auto", *, flags: Mapping[str, object] = {}, **more: object) -> Opening:
        own = {"model.base_url": self.server.url, "sandbox.backend": "local", "limits.steps": 20}
        loaded = load_settings(self.repository, {"HOME": str(self.state)}, {**own, **flags})
        return replace(Opening(self.repository, loaded, mode=mode), **more)  # type: ignore[arg-type]

    @asynccontextmanager
    async def open(
        self,
        mode: Mode = "auto",
        *,
        opening: Opening | None = None,
        person: Person | None = None,
        assemble: Assemble = bare,
        **more: object,
    ) -> AsyncIterator[Conversation]:
        opening = opening or self.opening(mode, **more)  # type: ignore[arg-type]
        conversation = await Conversation.open(opening, self.store, asker=person, assemble=assemble)
        try:
            yield conversation
        finally:
            await conversation.close()


async def say(conversation: Conversation, text: str = "") -> list[Event]:
    async with aclosing(conversation.say(text)) as events:
        return [event async for event in events]


def results(events: Sequence[Event]) -> list[str]:
    return [event.message.content for event in events if isinstance(event, ToolFinished)]


def end(events: Sequence[Event]) -> TurnEnded:
    assert isinstance(events[-1], TurnEnded)
    return events[-1]
