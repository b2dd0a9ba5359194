"""A model that says what a test scripts, and short words for what it says."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from itertools import count

from agent.events import Event, ToolOutput, TurnEnded, UserSaid
from agent.history import History
from agent.loop import run_turn
from agent.turn import Turn
from model_runtime.base import ChatRequest, Completed, Delta, ServerInfo, Usage
from model_runtime.messages import AssistantMessage, SystemMessage, ToolCall, ToolMessage, UserMessage
from model_runtime.replay import deltas

NUMBERS = count()


class Silence:
    """A reply that never comes: the model thinks `words` and then waits."""

    def __init__(self, *words: Delta) -> None:
        self.words = words
        self.reached = asyncio.Event()
        self.closed = False


Step = AssistantMessage | Completed | Exception | Sequence[Delta] | Silence


class ScriptedModel:
    """Takes a step of its script for each request, and keeps the requests."""

    name = "scripted"

    def __init__(self, *script: Step, context_length: int = 100_000, owned_by: str = "") -> None:
        self.requests: list[ChatRequest] = []
        self.server = ServerInfo(self.name, context_length, owned_by)
        self._script = list(script)

    def will(self, *script: Step) -> None:
        self._script.extend(script)

    async def info(self) -> ServerInfo:
        return self.server

    async def close(self) -> None:
        """Nothing is open."""

    async def chat(self, request: ChatRequest) -> AsyncIterator[Delta]:
        self.requests.append(request)
        step = self._script.pop(0)
        await asyncio.sleep(0)
        match step:
            case Exception():
                raise step
            case Silence():
                for delta in step.words:
                    yield delta
                step.reached.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    step.closed = True
            case AssistantMessage():
                for delta in deltas(step, 3 if request.stream else 1):
                    yield delta
                yield said(step)
            case Completed():
                yield step
            case _:
                for delta in step:
                    yield delta


def said(
    message: AssistantMessage, finish_reason: str = "", usage: Usage | None = None, seconds: float = 0.5
) -> Completed:
    reason = finish_reason or ("tool_calls" if message.tool_calls else "stop")
    return Completed(message, reason, usage or Usage(), seconds)


def call(name: str, **arguments: object) -> ToolCall:
    return ToolCall(id=f"c{next(NUMBERS)}", name=name, arguments=json.dumps(arguments))


def calls(*made: ToolCall, thinking: str = "") -> AssistantMessage:
    return AssistantMessage(reasoning_content=thinking, tool_calls=made)


def bash(command: str, **more: object) -> AssistantMessage:
    return calls(call("bash", command=command, **more), thinking=f"I run {command}")


def finish(summary: str = "done") -> AssistantMessage:
    return calls(call("finish", summary=summary))


def answer(text: str) -> AssistantMessage:
    return AssistantMessage(content=text)


def history(task: str = "the task") -> History:
    fresh = History(SystemMessage(content="You are tested."))
    fresh.apply(UserSaid(message=UserMessage(content=task)))
    return fresh


async def played(turn: Turn) -> list[Event]:
    async with aclosing(run_turn(turn)) as events:
        return [event async for event in events]


def kind(events: Sequence[Event]) -> list[str]:
    """The events' types, pieces of a reply left out."""
    return [event.type for event in events if event.logged or isinstance(event, ToolOutput)]


def end(events: Sequence[Event]) -> TurnEnded:
    """The last event, of which there must be one."""
    ends = [event for event in events if isinstance(event, TurnEnded)]
    assert len(ends) == 1 and events[-1] is ends[0]
    return ends[0]


def results(of: History) -> list[str]:
    return [message.content for message in of.messages if isinstance(message, ToolMessage)]


def user_words(of: History) -> list[str]:
    return [message.content for message in of.messages if isinstance(message, UserMessage)]
