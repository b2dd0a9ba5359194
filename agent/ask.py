"""One request to the model: its deltas come out as events, its whole reply is kept."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from agent.events import CallStreamed, ContentStreamed, Event, ReasoningStreamed, ReplyRepaired, RequestRetried
from agent.guards.base import Cut, Guard
from agent.pump import Pump
from agent.stop import Stop
from agent.turn import Turn
from model_runtime.base import (
    CallDelta,
    ChatModel,
    ChatRequest,
    Completed,
    ContentDelta,
    Delta,
    ReasoningDelta,
    Repaired,
    Retrying,
)
from model_runtime.errors import ModelError


@dataclass
class Asked:
    """What came of a request: one of the two is set, none if the turn was stopped. `thinking` holds the pieces
    streamed so far."""

    completed: Completed | None = None
    cut: Cut | None = None
    thinking: list[str] = field(default_factory=list)


async def ask(turn: Turn, asked: Asked) -> AsyncGenerator[Event, None]:
    """Send the history; fills `asked`. Raises ModelError, and nothing has joined the history then."""
    request = ChatRequest(turn.history.messages, turn.history.tools, sampling=turn.sampling, stream=turn.stream)
    for guard in turn.guards:
        guard.asked()
    async with Pump[Delta, None](lambda emit: forward(turn.model, request, emit)) as pump:
        with turn.stop.calling(pump.cancel):
            async for delta in pump:
                if (event := shown(delta)) is not None:
                    yield event
                note(delta, asked, turn)
                if asked.cut:
                    return
        check_ended(pump, asked, turn.stop, turn.model)


async def forward(model: ChatModel, request: ChatRequest, emit: Callable[[Delta], None]) -> None:
    async for delta in model.chat(request):
        emit(delta)


def shown(delta: Delta) -> Event | None:
    """The event for whoever watches."""
    match delta:
        case ReasoningDelta(text=text):
            return ReasoningStreamed(text=text)
        case ContentDelta(text=text):
            return ContentStreamed(text=text)
        case CallDelta(index=index, name=name, arguments=arguments):
            return CallStreamed(index=index, name=name, arguments=arguments)
        case Retrying(reason=reason, attempt=attempt, wait_s=wait_s):
            return RequestRetried(reason=reason, attempt=attempt, wait_s=wait_s)
        case Repaired(kind=kind, detail=detail):
            return ReplyRepaired(kind=kind, detail=detail)
        case Completed():
            return None


def note(delta: Delta, asked: Asked, turn: Turn) -> None:
    match delta:
        case Completed():
            asked.completed = delta
        case Retrying():
            asked.thinking.clear()
            for guard in turn.guards:
                guard.asked()
        case ReasoningDelta(text=text):
            asked.thinking.append(text)
    if turn.stream and asked.completed is None:
        asked.cut = first_cut(turn.guards, delta)


def first_cut(guards: tuple[Guard, ...], delta: Delta) -> Cut | None:
    for guard in guards:
        if cut := guard.streamed(delta):
            return cut
    return None


def check_ended(pump: Pump[Delta, None], asked: Asked, stop: Stop, model: ChatModel) -> None:
    """A stop may have cancelled the request; any other end without a whole reply is an error."""
    if asked.completed is not None or stop.is_set:
        return
    pump.result()
    raise ModelError(f"{model.name} ended its reply without completing it. Ask again.")
