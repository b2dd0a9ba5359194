"""Shows events: what is finished is printed once, what goes on stands in the live region."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from agent import events as ev
from agent.chat.painting.ansi import Ansi
from agent.chat.painting.calls import call_lines, ending, ran_lines, result_lines
from agent.chat.painting.hanging import Hanging
from agent.chat.painting.plan import plan_lines, plan_of
from agent.chat.painting.running import Running, running_lines
from agent.chat.painting.streamed import StreamedAnswer
from agent.chat.painting.thinking import Thinking
from agent.export.visible import visible
from agent.export.words import count, duration, first_line, short_count
from agent.screen.cut import cut_text
from model_runtime.messages import ToolCall

if TYPE_CHECKING:
    from rich.console import RenderableType

KEPT_RESULTS = 30
"""Finished calls that /show can still open."""
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAMES_PER_SECOND = 8
PLAN = Text("· ", style="bold cyan")
"""Before a plan that nobody is asked about any more."""


class Painter:
    """`print_text` takes whole lines for the scrollback; `ansi` gives the drawer for the width of now.
    whole_thinking: thinking is printed whole when it is over, not folded."""

    def __init__(self, print_text: Callable[[str], None], ansi: Callable[[], Ansi]) -> None:
        self.whole_thinking = False
        self.results: deque[ev.ToolFinished] = deque(maxlen=KEPT_RESULTS)
        self.thinking = Thinking()
        self._print_text = print_text
        self._ansi = ansi
        self._answer = StreamedAnswer(print_text, ansi)
        self._came_in_pieces = False
        self._what = self._detail = ""
        self._since = 0.0
        self._characters = 0
        self._running: dict[str, Running] = {}
        self._plan_shown = ""

    @property
    def busy(self) -> bool:
        """Whether something goes on that the live region tells of."""
        return bool(self._what)

    def print(self, *lines: Hanging | Text | str) -> None:
        """Print lines as they are, long ones broken."""
        self._print_text(self._ansi().draw(*(Text(line) if isinstance(line, str) else line for line in lines)))

    def draw(self, *things: "RenderableType") -> None:
        """Print anything that Rich can draw."""
        self._print_text(self._ansi().draw(*things))

    def show_plan(self, plan: str) -> None:
        """A plan that the user is asked about. With the answer below it, its call has nothing more to tell."""
        self.draw("", *plan_lines(plan, Text("? ", style="bold yellow")))
        self._plan_shown = plan

    def begin(self, what: str, detail: str = "", *, keep_time: bool = False) -> None:
        """Something goes on, in words; with `keep_time` it is a part of what goes on already."""
        if not keep_time or not self._what:
            self._since = time.monotonic()
        self._what, self._detail, self._characters = what, detail, 0

    def rest(self) -> None:
        """Nothing goes on any more. What was unfinished is printed as it is."""
        self._close_stream()
        self._what = ""
        self._running.clear()

    def show(self, event: ev.BaseEvent) -> None:
        match event:
            case ev.ReasoningStreamed(text=text):
                self._came_in_pieces = True
                self.thinking.feed(text)
                self._grow("thinking", text)
            case ev.ContentStreamed(text=text):
                self._came_in_pieces = True
                self._fold_thinking()
                self._answer.feed(text)
                self._grow("answering", text)
            case ev.CallStreamed(name=name, arguments=text):
                self._came_in_pieces = True
                self._close_stream()
                if name or not self._what.startswith("writing"):
                    self.begin(f"writing a call of {visible(name)}" if name else "writing a call")
                self._characters += len(text)
            case ev.Replied():
                self._replied(event)
            case ev.ToolStarted(call=call):
                self._running[call.id] = Running(call)
                self.begin("running", keep_time=len(self._running) > 1)
            case ev.ToolOutput(call_id=call_id, text=text):
                if running := self._running.get(call_id):
                    running.take(text)
            case ev.ToolFinished():
                self._finished(event)
            case _:
                self._tell(event)

    def _tell(self, event: ev.BaseEvent) -> None:
        match event:
            case ev.UserSaid(message=message, by="user"):
                self._said(message.content)
                self.begin("waiting for the model")
            case ev.UserSaid(message=message):
                self._note(f"the model is told: {first_line(message.content, 200)}")
                self.begin("waiting for the model")
            case ev.RequestRetried(reason=reason, wait_s=wait):
                self._close_stream()
                self._came_in_pieces = False
                when = f" in {duration(wait)}" if wait else ""
                self._warn(f"asked again{when}: {reason}")
                self.begin("asking again")
            case ev.ReplyRepaired(kind=kind, detail=detail):
                self._warn(f"repaired {kind}: {first_line(detail, 200)}")
            case ev.HookFailed(detail=detail):  # of an earlier life; while it goes on, the chat is told at once
                self._warn(detail)
            case ev.GuardNoticed(guard=guard, text=text):
                self._warn(f"{guard}: {text}")
            case ev.CompactionStarted(tokens=tokens, context_length=length):
                self._note(f"the history takes {count(tokens)} of {count(length)} tokens, and is summed up")
                self.begin("summing up the history")
            case ev.Compacted(tokens_before=tokens, archive=archive):
                self._close_stream()
                self._note(f"summed up: {count(tokens)} tokens have become a summary; the whole is in {archive}")
                self.begin("waiting for the model")
            case ev.UserRan():
                self._ran(event)
            case ev.FilesFollowed(paths=paths, conflicts=conflicts):
                if paths:
                    self._note(f"the sandbox has your edits: {named(paths)}")
                if conflicts:
                    self._warn(f"you and the agent changed the same lines: {named(conflicts)}; /apply asks")
            case ev.FilesApplied(paths=paths):
                self._note(f"applied to your files: {named(paths)}")
            case ev.Rewound():
                self._note("gone back to an earlier moment")
            case ev.PointNamed(name=name):
                self._note(f"checkpoint {name!r}")
            case ev.SessionResumed():
                self._note("the session goes on where it was")
            case ev.SessionForked(parent=parent):
                self._note(f"a copy of session {parent}")
            case ev.TurnEnded():
                self._ended(event)

    def replay(self, events: Iterable[ev.BaseEvent]) -> None:
        """Show what happened in an earlier life of the session."""
        for event in events:
            self.show(event)
        self.rest()

    def live(self, most: int) -> list[str]:
        """What goes on, at most `most` lines with colour codes."""
        if not self._what:
            return []
        ansi = self._ansi()
        lines = ansi.lines(*self._going_on(ansi.width))
        if self._what == "answering":
            return [*self._answer.live(most - 1), *lines[-1:]]
        return lines[-most:]

    def _going_on(self, width: int) -> Sequence[Text]:
        if self._running:
            return [
                Text(),
                *running_lines(list(self._running.values()), width),
                self._status("running", "Esc ends it"),
            ]
        if self.thinking.going_on:
            return [
                Text(),
                *self.thinking.preview(width),
                self._status(f"thinking {self.thinking.facts()}", bare=True),
            ]
        grown = f"about {short_count(self._characters // 4)} tokens" if self._characters else self._detail
        return [Text(), self._status(self._what, grown)]

    def _status(self, what: str, more: str = "", *, bare: bool = False) -> Text:
        seconds = time.monotonic() - self._since
        frame = SPINNER[int(time.monotonic() * FRAMES_PER_SECOND) % len(SPINNER)]
        words = what if bare else f"{what} {duration(seconds)}"
        line = Text.assemble((f"{frame} ", "cyan"), (words, "bold"), (f"  {more}" if more else "", "dim"))
        line.no_wrap, line.overflow = True, "ellipsis"
        return line

    def _grow(self, what: str, text: str) -> None:
        if self._what != what:
            self.begin(what)
        self._characters += len(text)

    def _replied(self, event: ev.Replied) -> None:
        if not self._came_in_pieces:
            self.thinking.feed(event.message.reasoning_content.strip())
            self._fold_thinking()
            self._answer.feed(event.message.content.strip())
        self._close_stream()
        self._what, self._came_in_pieces = "", False

    def _fold_thinking(self) -> None:
        facts = self.thinking.fold()
        if not facts:
            return
        if self.whole_thinking:
            words = visible(self.thinking.last.strip())
            self.print("", Text(words, style="dim italic"))
        self.print("", Text.assemble(("✻ ", "magenta"), (f"thought {facts}", "dim"), ("  Ctrl-O", "dim italic")))

    def _close_stream(self) -> None:
        self._fold_thinking()
        self._answer.end()

    def _finished(self, event: ev.ToolFinished) -> None:
        self._running.pop(event.call.id, None)
        self.results.append(event)
        plan = plan_of(event.call)
        if not plan:
            self.print("", *call_lines(event.call), *result_lines(event))
        elif plan == self._plan_shown:
            self._plan_shown = ""
        else:
            self.draw("", *plan_lines(plan, PLAN), *result_lines(event))
        if not self._running:
            self.begin("waiting for the model")

    def watch(self, command: str) -> Callable[[str], None]:
        """A command of the user's begins; what is returned takes its output."""
        running = Running(ToolCall(id="", name="bash", arguments=json.dumps({"command": command})))
        self._running[""] = running
        self.begin("running")
        return running.take

    def _ran(self, event: ev.UserRan) -> None:
        self._running.pop("", None)
        self.print("", *ran_lines(event))

    def _said(self, words: str) -> None:
        shown = cut_text(visible(words)).split("\n")
        bar = Text("▌ ", style="bold cyan")
        self.print("", *(Hanging(bar, Text(line, style="bold"), bar) for line in shown))

    def _note(self, words: str) -> None:
        self.print("", Hanging(Text("· ", style="dim"), Text(visible(words), style="dim")))

    def _warn(self, words: str) -> None:
        self.print("", Hanging(Text("! ", style="yellow"), Text(visible(words), style="yellow")))

    def _ended(self, event: ev.TurnEnded) -> None:
        self.rest()
        match event.reason:
            case "finished":
                self._answer.feed(event.detail)
                self._answer.end()
            case "interrupted":
                self._warn("interrupted; say how to go on, or press Enter on an empty line to let it go on")
            case "limit":
                self._warn(f"stopped: {event.detail}")
            case "failed":
                self.print("", Hanging(Text("✗ ", style="red"), Text(visible(event.detail), style="red")))


def shown_result(event: ev.ToolFinished) -> Iterator["RenderableType"]:
    """A finished call, nothing cut: for the pager."""
    from agent.chat.painting.calls import output_of
    from agent.chat.painting.diff import diff_lines

    plan = plan_of(event.call)
    yield from plan_lines(plan, PLAN) if plan else call_lines(event.call, whole=True)
    if event.diff:
        yield from diff_lines(event.diff)
    yield Text(output_of(event))
    yield ending(event)


def named(paths: Sequence[str], most: int = 5) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return f"{', '.join(paths[:most])}{more}"
