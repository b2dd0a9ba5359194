"""One turn: ask the model, run its calls, repeat until it stops.

No screen, no disk and no Docker in here: events go out, and whoever started the turn decides where to.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from agent.ask import Asked, ask
from agent.calls import Calls, unanswered
from agent.compaction import Compactor
from agent.events import Compacted, Event, GuardNoticed, Replied, RequestRetried, TurnEnded, UserSaid
from agent.guards.base import Cut
from agent.history import History
from agent.limits import Budget, Spent
from agent.pump import Pump
from agent.turn import Turn
from model_runtime.base import Completed, Usage
from model_runtime.errors import ContextOverflow
from model_runtime.messages import AssistantMessage, UserMessage

TRIES = 3
"""Replies in a row that say and call nothing, or are cut off, before the turn is stopped."""
NUDGES = 2
"""Reminders to a model that must finish and only talks."""

LOST = "Interrupted before its result was recorded; it may have run in part. Look before you repeat it."
CUT_OFF = (
    "Not run: the reply was cut off at its greatest length, so this call may be incomplete. Make smaller steps."
)
SAY_SHORTER = (
    "Your reply was cut off at its greatest length. Go on in smaller steps: think less, and make the next call."
)
SAY_SOMETHING = "Your reply held neither a call nor an answer. Make the next call, or call finish if you are done."
GO_ON = (
    "Nobody reads this but the program that runs you. If the work is done, call finish with a summary; "
    "if not, go on with the next call."
)


async def run_turn(turn: Turn) -> AsyncGenerator[Event, None]:
    """Yields each event after it has joined `turn.history`; the last one is TurnEnded.

    Raises ModelError, SandboxError and CompactionFailed. The history can go on afterwards: calls that were left
    open are answered at the beginning of the next turn.
    """
    async with aclosing(_Loop(turn).events()) as events:
        async for event in events:
            turn.history.apply(event)
            yield event
            if isinstance(event, TurnEnded):
                return


def answer_open_calls(history: History, reason: str = LOST) -> Iterator[Event]:
    """What makes a history whole in which calls were left without a result."""
    for call in history.open_calls:
        yield unanswered(call, reason)


class _Loop:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._budget = Budget(turn.limits, Spent(turn.clock))
        self._poor_replies = 0
        self._nudges = 0
        self._just_compacted = False
        self._overflowed = False

    async def events(self) -> AsyncGenerator[Event, None]:
        for event in answer_open_calls(self._turn.history):
            yield event
        while True:
            async with aclosing(self._step()) as events:
                async for event in events:
                    yield event

    async def _step(self) -> AsyncGenerator[Event, None]:
        for said in self._turn.inbox():
            yield said
        if ended := self._over():
            yield ended
            return
        compactor = self._turn.compactor
        if compactor and (self._overflowed or compactor.due(self._turn.history)):
            async with aclosing(self._compact(compactor)) as events:
                async for event in events:
                    yield event
            return
        asked = Asked()
        try:
            async with aclosing(ask(self._turn, asked)) as events:
                async for event in events:
                    yield event
        except ContextOverflow as overflow:
            if compactor is None or self._just_compacted:
                raise
            self._overflowed = True
            yield RequestRetried(reason=str(overflow), attempt=1, wait_s=0.0)
            return
        async with aclosing(self._take(asked)) as events:
            async for event in events:
                yield event

    def _over(self) -> TurnEnded | None:
        """Whether a stop or a limit ends the turn before another request."""
        if self._turn.stop.ended:
            return self._turn.stop.ended
        if reached := self._budget.reached():
            return TurnEnded(reason="limit", detail=reached)
        return None

    async def _compact(self, compactor: Compactor) -> AsyncGenerator[Event, None]:
        self._just_compacted = True
        self._overflowed = False
        async with Pump[Event, None](lambda emit: compactor.compact(self._turn.history, emit)) as pump:
            with self._turn.stop.calling(pump.cancel):
                async for event in pump:
                    if isinstance(event, Compacted):
                        self._budget.spent.add(event.usage, event.seconds)
                    yield event
            if not self._turn.stop.is_set:
                pump.result()

    async def _take(self, asked: Asked) -> AsyncGenerator[Event, None]:
        """What follows from a reply; nothing if the turn was stopped meanwhile."""
        if asked.cut:
            for event in self._take_cut(asked.cut, "".join(asked.thinking)):
                yield event
            return
        if asked.completed is None:
            return
        self._just_compacted = False
        reply = asked.completed
        yield self._replied(reply.message, reply.finish_reason, reply.usage, reply.seconds)
        if reply.finish_reason == "length":
            for event in self._after_cut_off(reply):
                yield event
        elif reply.message.tool_calls:
            self._poor_replies = 0
            async with aclosing(Calls(self._turn, self._budget).run(reply.message.tool_calls)) as events:
                async for event in events:
                    yield event
        elif reply.message.content.strip():
            for event in self._after_answer():
                yield event
        else:
            yield self._after_poor_reply(SAY_SOMETHING)

    def _replied(self, message: AssistantMessage, reason: str, usage: Usage, seconds: float) -> Replied:
        self._budget.spent.steps += 1
        self._budget.spent.add(usage, seconds)
        step = self._turn.history.steps + 1
        return Replied(step=step, message=message, finish_reason=reason, usage=usage, seconds=seconds)

    def _take_cut(self, cut: Cut, thinking: str) -> Iterator[Event]:
        """The thinking that is worth keeping stays, so that the model goes on from it."""
        message = AssistantMessage(reasoning_content=thinking[: cut.keep])
        yield self._replied(message, "cut", Usage(), 0.0)
        yield GuardNoticed(guard=cut.guard, text=cut.text)
        yield TurnEnded(reason="limit", detail=cut.text) if cut.stop else self._remind(cut.text)

    def _after_cut_off(self, reply: Completed) -> Iterator[Event]:
        for call in reply.message.tool_calls:
            yield unanswered(call, CUT_OFF)
        yield self._after_poor_reply(SAY_SHORTER)

    def _after_poor_reply(self, reminder: str) -> Event:
        self._poor_replies += 1
        if self._poor_replies > TRIES:
            return TurnEnded(reason="limit", detail=f"{self._poor_replies} replies in a row were empty or cut off")
        return self._remind(reminder)

    def _after_answer(self) -> Iterator[Event]:
        self._poor_replies = 0
        if said := self._turn.inbox():
            yield from said  # the user was not done
        elif not self._turn.must_finish or self._nudges >= NUDGES:
            yield TurnEnded(reason="answered")
        else:
            self._nudges += 1
            yield self._remind(GO_ON)

    def _remind(self, text: str) -> UserSaid:
        near = [reminder for _, reminder in self._budget.near()]
        return UserSaid(message=UserMessage(content="\n\n".join([text, *near])), by="mimosa")
