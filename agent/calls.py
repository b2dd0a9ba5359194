"""The calls of one reply: run in their order, `finish` last, every one of them answered in that order. Calls of a
tool that allows it run side by side."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from itertools import groupby

from agent.approval import Decision
from agent.events import Event, GuardNoticed, ToolFinished, ToolOutput, ToolStarted, TurnEnded
from agent.guards.base import Notice
from agent.limits import Budget
from agent.pump import Pump
from agent.side_by_side import side_by_side
from agent.turn import Turn
from agent.watch import BoundedWatch
from model_runtime.messages import ToolCall, ToolMessage
from tools.base import ToolResult

INTERRUPTED = "Not run: the turn was interrupted before."
ENDED = "Interrupted: it was ended before it had a result; it may have run in part."
STOP_SECONDS = 10.0
"""How long an interrupted call may take to end by itself, with what it printed."""
TURN_OVER = "Not run: the turn ended before."


class Calls:
    """Runs the calls of one reply. Ends with TurnEnded if one of them, a guard or a stop ended the turn."""

    def __init__(self, turn: Turn, budget: Budget) -> None:
        self._turn = turn
        self._budget = budget
        self._ended: TurnEnded | None = None
        self._noticed: set[Notice] = set()

    async def run(self, calls: Sequence[ToolCall]) -> AsyncGenerator[Event, None]:
        in_order = sorted(calls, key=lambda call: call.name.strip() == "finish")
        for name, group in groupby(in_order, key=lambda call: call.name.strip()):
            most = self._turn.toolbox.side_by_side(name)
            async with aclosing(self._together([*group], most)) as events:
                async for event in events:
                    yield event
        if self._ended:
            yield self._ended

    async def _together(self, calls: Sequence[ToolCall], most: int) -> AsyncGenerator[Event, None]:
        """At most `most` of them at once; what they come to is told in their order."""
        if most == 1 or len(calls) == 1:
            for call in calls:
                async with aclosing(self._one(call)) as events:
                    async for event in events:
                        yield event
            return
        async with Pump[Event, None](lambda emit: side_by_side(map(self._one, calls), most, emit)) as pump:
            async for event in pump:
                yield event
            pump.result()

    async def _one(self, call: ToolCall) -> AsyncGenerator[Event, None]:
        if self._turn.stop.is_set:
            yield unanswered(call, INTERRUPTED)
            return
        if self._ended:
            yield unanswered(call, TURN_OVER)
            return
        if notice := await self._refusal(call):
            for event in self._notice([notice]):
                yield event
            yield unanswered(call, notice.text)
            return
        decision = await self._decision(call)
        if decision is None:
            yield unanswered(call, INTERRUPTED)
            return
        if not decision.allowed:
            yield unanswered(call, f"Not allowed: {decision.reason or 'the user said no.'}")
            return
        async with aclosing(self._execute(call)) as events:
            async for event in events:
                yield event

    async def _decision(self, call: ToolCall) -> Decision | None:
        """What the approver says, which may take as long as a person takes; None if the turn was stopped."""
        async with Pump[None, Decision](lambda _: self._turn.approve(call)) as pump:
            with self._turn.stop.calling(pump.cancel):
                await pump.end()
            return None if self._turn.stop.is_set else pump.result()

    async def _refusal(self, call: ToolCall) -> Notice | None:
        for guard in self._turn.guards:
            if notice := await guard.before(call):
                return notice
        return None

    async def _execute(self, call: ToolCall) -> AsyncGenerator[Event, None]:
        started = self._turn.clock()
        yield ToolStarted(call=call)
        pump = Pump[str, ToolResult](lambda emit: self._call(call, BoundedWatch(emit, lambda: pump.backlog)))
        async with pump:
            with self._turn.stop.calling(lambda: self._stop(call, pump)):
                async for text in pump:
                    yield ToolOutput(call_id=call.id, text=text)
            if pump.cancelled:
                yield unanswered(call, ENDED)
                return
            result = pump.result()
        if result.ends_turn:
            self._ended = TurnEnded(reason="finished", detail=result.content)
        notices = await self._notices(call, result)
        for event in self._notice(notices):
            yield event
        yield finished(call, result, notices, self._turn.clock() - started)

    def _stop(self, call: ToolCall, pump: Pump[str, ToolResult]) -> None:
        self._turn.toolbox.interrupt(call.name)
        cancel_later(pump)

    async def _call(self, call: ToolCall, watch: BoundedWatch) -> ToolResult:
        if self._turn.stop.is_set:  # since the call was announced; no command runs yet that could be interrupted
            return ToolResult(INTERRUPTED, is_error=True)
        return await self._turn.toolbox.call(call.name, call.arguments, watch)

    async def _notices(self, call: ToolCall, result: ToolResult) -> list[Notice]:
        if self._ended:
            return []
        found = [await guard.after(call, result) for guard in self._turn.guards]
        near = [Notice(name, text) for name, text in self._budget.near()]
        return [notice for notice in found if notice] + near

    def _notice(self, notices: Iterable[Notice]) -> Iterable[Event]:
        """Each notice is an event once in a reply, however many calls it concerns."""
        for notice in notices:
            if notice.stop and self._ended is None:
                self._ended = TurnEnded(reason="limit", detail=notice.text)
            if notice not in self._noticed:
                self._noticed.add(notice)
                yield GuardNoticed(guard=notice.guard, text=notice.text)


def finished(call: ToolCall, result: ToolResult, notices: Sequence[Notice], seconds: float) -> ToolFinished:
    """The result as it joins the history, the guards' notices below it."""
    content = "\n\n".join([result.content, *(f"[{notice.text}]" for notice in notices)])
    command = result.command
    return ToolFinished(
        call=call,
        message=ToolMessage(tool_call_id=call.id, content=content),
        is_error=result.is_error,
        seconds=seconds,
        diff=result.diff,
        exit_code=command.exit_code if command else None,
        timed_out=command.timed_out if command else False,
        job=command.job if command else None,
    )


def cancel_later(pump: Pump[str, ToolResult]) -> None:
    """Who stops a turn also interrupts the sandbox; a call that goes on nevertheless is cancelled in the end."""
    asyncio.get_running_loop().call_later(STOP_SECONDS, pump.cancel)


def unanswered(call: ToolCall, reason: str) -> ToolFinished:
    """The answer to a call that has no result of its own."""
    message = ToolMessage(tool_call_id=call.id, content=reason)
    return ToolFinished(call=call, message=message, is_error=True, seconds=0.0)
