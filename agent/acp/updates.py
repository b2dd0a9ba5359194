"""Events as the session updates of the protocol: live, and of a session that is loaded."""

import time
from collections.abc import Callable, Iterator

from acp import (
    plan_entry,
    start_tool_call,
    text_block,
    tool_content,
    update_agent_message_text,
    update_agent_thought_text,
    update_plan,
    update_tool_call,
    update_user_message_text,
)
from acp.helpers import SessionUpdate
from acp.schema import PlanEntryStatus, UsageUpdate

from agent import events as ev
from agent.acp.calls import CallView
from agent.todo import todo_of

Update = SessionUpdate | UsageUpdate

TAIL = 4000
"""Characters of a running command's output that an editor is shown; each update takes the place of the last."""
STATUSES: "dict[str, PlanEntryStatus]" = {"open": "pending", "doing": "in_progress", "done": "completed"}
PAUSE_S = 0.2
"""Between two of them, so that a chatty command does not flood the editor."""


class Updates:
    """Turns each event into the updates that tell it. `streams`: pieces of replies come too, so that whole replies
    tell nothing new. `context_length` in tokens."""

    def __init__(
        self,
        view: CallView,
        context_length: int,
        *,
        streams: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._view = view
        self._context_length = context_length
        self._streams = streams
        self._clock = clock
        self._output: dict[str, str] = {}
        self._told_at: dict[str, float] = {}
        self._started: set[str] = set()

    def of(self, event: ev.BaseEvent) -> Iterator[Update]:
        match event:
            case ev.ReasoningStreamed(text=text):
                yield update_agent_thought_text(text)
            case ev.ContentStreamed(text=text):
                yield update_agent_message_text(text)
            case ev.UserSaid(message=message, by="user") if not self._streams:
                yield update_user_message_text(message.content)
            case ev.Replied():
                yield from self._reply(event)
            case ev.ToolStarted():
                yield self._begin(event)
            case ev.ToolOutput():
                yield from self._grow(event)
            case ev.ToolFinished():
                yield from self._finish(event)
            case ev.RequestRetried(reason=reason):
                yield self._aside(f"Asked again, what came before it is void: {reason}")
            case ev.GuardNoticed(text=text):
                yield self._aside(text)
            case ev.CompactionStarted():
                yield self._aside("The history is summed up.")
            case _:
                return

    def _reply(self, event: ev.Replied) -> Iterator[Update]:
        message = event.message
        if not self._streams and message.reasoning_content:
            yield update_agent_thought_text(message.reasoning_content)
        if not self._streams and message.content:
            yield update_agent_message_text(message.content)
        used = event.usage.prompt_tokens + event.usage.completion_tokens
        if used and self._context_length:
            yield UsageUpdate(session_update="usage_update", used=used, size=self._context_length)

    def _begin(self, event: ev.ToolStarted) -> Update:
        call = event.call
        self._started.add(call.id)
        return start_tool_call(
            call.id,
            self._view.title(call),
            kind=self._view.kind(call),
            status="in_progress",
            locations=self._view.locations(call),
            raw_input=self._view.input(call),
        )

    def _grow(self, event: ev.ToolOutput) -> Iterator[Update]:
        call, now = event.call_id, self._clock()
        output = self._output[call] = (self._output.get(call, "") + event.text)[-TAIL:]
        if now - self._told_at.get(call, 0.0) < PAUSE_S:
            return
        self._told_at[call] = now
        yield update_tool_call(call, content=[tool_content(text_block(output))])

    def _finish(self, event: ev.ToolFinished) -> Iterator[Update]:
        call = event.call
        if call.id not in self._started:  # answered without having run
            yield self._begin(ev.ToolStarted(call=call))
        self._started.discard(call.id)
        self._output.pop(call.id, None)
        self._told_at.pop(call.id, None)
        failed = event.is_error or event.timed_out or event.exit_code not in (None, 0)
        yield update_tool_call(
            call.id, status="failed" if failed else "completed", content=self._view.result(event)
        )
        if call.name == "finish" and not event.is_error:
            yield update_agent_message_text(event.message.content)
        if items := todo_of([event]):
            yield update_plan(plan_entry(item.text, status=STATUSES[item.status]) for item in items)

    def _aside(self, text: str) -> Update:
        """The protocol has no notices; what the program says goes where thoughts go."""
        return update_agent_thought_text(f"\n[{text}]\n")
