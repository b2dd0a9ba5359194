"""Models whose replies are a script: they answer at once, and only their words are made up."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from evals.instances.base import Instance
from model_runtime.base import ChatModel, ChatRequest, Completed, Delta, ServerInfo, Usage
from model_runtime.messages import AssistantMessage, Message
from model_runtime.pieces import deltas

CONTEXT_LENGTH = 262_144

Script = Callable[[Sequence[Message]], AssistantMessage]
"""Gives the reply to a history. What was said already is in there, so a script needs no memory of its own."""


@dataclass(frozen=True)
class Scripted:
    """A model that plays `script`."""

    name: str
    script: Script

    async def info(self) -> ServerInfo:
        return ServerInfo(self.name, CONTEXT_LENGTH, owned_by="script")

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        message = self.script(request.messages)
        for delta in deltas(message):
            yield delta
        yield Completed(message, "tool_calls" if message.tool_calls else "stop", Usage(), 0.0)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class ScriptedModels:
    """One script for each instance."""

    name: str
    script_of: Callable[[Instance], Script]
    scripted = True

    def of(self, instance: Instance) -> ChatModel:
        return Scripted(self.name, self.script_of(instance))

    async def close(self) -> None:
        """Nothing is open."""


def said(history: Sequence[Message]) -> int:
    """How many replies the history holds."""
    return sum(isinstance(message, AssistantMessage) for message in history)
