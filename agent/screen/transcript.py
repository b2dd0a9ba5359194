"""Events as lines on a terminal, the same live and from a session on disk.

Lines are never wrapped here: a terminal does that itself, and a pipe wants them whole. What the model or a command
wrote goes through `visible`, so that it cannot drive the terminal.
"""

import json

from rich.console import Console
from rich.text import Text

from agent import events as ev
from agent.export.between import Between, in_words
from agent.export.server import session_in_words
from agent.export.visible import visible
from agent.export.words import count, duration, short_count
from agent.screen.cut import cut_lines, cut_text, readable_diff
from agent.todo import todo_in, todo_lines
from model_runtime.messages import ToolCall

VERDICT_STYLES = {"verified": "green", "unverified": "yellow", "regressed": "red", "no patch": "yellow"}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan", "d": "bold"}


class Lines:
    """Prints text in styles, line by line."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def line(self, *parts: str | tuple[str, str]) -> None:
        spans = [(visible(part), "") if isinstance(part, str) else (visible(part[0]), part[1]) for part in parts]
        self.console.print(Text.assemble(*spans), soft_wrap=True)

    def fact(self, name: str, words: str, style: str = "") -> None:
        """A name and what belongs to it, in two columns."""
        self.line((f"{name:<11}", "dim"), (words, style))

    def title(self, title: str, facts: str = "") -> None:
        self.console.print()
        self.line((f"── {title}", "bold"), (f"  {facts}" if facts else "", "dim"))

    def block(self, words: str, style: str, indent: str, *, after: str | None = None) -> None:
        """Lines behind an indent; `after` is the indent of the second line and on."""
        for number, line in enumerate(visible(words).rstrip("\n").split("\n")):
            lead = indent if number == 0 or after is None else after
            self.line((lead, "yellow" if lead.strip() else ""), (line, style))

    def prose(self, words: str, style: str = "", indent: str = "") -> None:
        """Running text: on a terminal broken between words, in a pipe left as it is."""
        for line in visible(words).rstrip("\n").split("\n"):
            for part in self._broken(Text(line, style=style), len(indent)):
                self.console.print(Text(indent).append_text(part), soft_wrap=True)

    def _broken(self, line: Text, indent: int) -> list[Text]:
        if not self.console.is_terminal or not line.plain:
            return [line]
        return list(line.wrap(self.console, max(20, self.console.width - indent)))

    def diff(self, diff: str, indent: str = "") -> None:
        """A carriage return at the end of a line is shown: it may be all that differs."""
        for line in readable_diff(diff):
            self.line(indent, (line, DIFF_STYLES.get(line[:1], "")))


class Transcript:
    """Prints each event once, in the order of the log. `whole` cuts nothing."""

    def __init__(self, console: Console, *, whole: bool = False) -> None:
        self._lines = Lines(console)
        self._whole = whole
        self._started: set[str] = set()
        self._noticed: set[str] = set()

    def show(self, event: ev.BaseEvent) -> None:
        lines = self._lines
        match event:
            case ev.UserSaid(message=message, by=by):
                lines.title("User" if by == "user" else "Mimosa")
                lines.prose(self._cut(message.content), "bold")
            case ev.UserRan(message=message):
                lines.title("User")
                lines.prose(self._cut(message.content))
            case ev.Replied():
                self._reply(event)
            case ev.ToolStarted(call=call):
                self._started.add(call.id)
                self._call(call)
            case ev.ToolFinished():
                self._finished(event)
            case ev.GuardNoticed(guard=guard, text=text):
                self._noticed.add(text)
                lines.block(f"guard {guard}: {text}", "yellow", "! ")
            case ev.ReplyRepaired(kind=kind, detail=detail):
                lines.block(f"repaired {kind}: {detail}", "yellow", "! ")
            case ev.RequestRetried(reason=reason, attempt=attempt, wait_s=wait):
                when = f", attempt {attempt}, after {duration(wait)}" if wait else ""
                lines.block(f"asked again{when}: {reason}", "yellow", "! ")
            case ev.CompactionStarted(tokens=tokens, context_length=length):
                lines.title("Compaction", f"{count(tokens)} tokens of {count(length)} in use")
            case ev.Compacted(tokens_before=tokens, archive=archive):
                lines.title("Context compacted", f"at {count(tokens)} tokens, the archive is {archive}")
            case ev.SessionResumed(checkpoint=checkpoint):
                lines.title("Resumed", f"from checkpoint {checkpoint}")
            case ev.SessionForked(parent=parent):
                lines.title("Copy", f"of session {parent}")
            case event if isinstance(event, Between):
                lines.title(*in_words(event))
            case ev.ServerMeasured(figures=figures):
                lines.title("Server", session_in_words(figures))
            case ev.TurnEnded(reason=reason, detail=detail):
                lines.title("Turn ended", reason if reason == "finished" or not detail else f"{reason}: {detail}")
            case ev.VerificationStep(text=text):
                lines.line((f"  {text}", "dim"))
            case ev.Verified(verdict=verdict, reason=reason):
                lines.line((verdict, f"bold {VERDICT_STYLES[verdict]}"), f"  {reason}")
                self.failing_tests(event)
            case _:
                return  # what comes in pieces, and what heads and ends a session

    def _reply(self, event: ev.Replied) -> None:
        usage, message = event.usage, event.message
        self._lines.title(
            f"Step {event.step}",
            f"{duration(event.seconds)}, {short_count(usage.prompt_tokens)} read, "
            f"{short_count(usage.cached_tokens)} cached, {short_count(usage.completion_tokens)} written",
        )
        if message.reasoning_content.strip():
            self._lines.prose(self._cut(message.reasoning_content.strip()), "dim italic", "  ")
        if message.content.strip():
            self._lines.prose(self._cut_lines(message.content.strip()))

    def _call(self, call: ToolCall) -> None:
        match call.name, _parsed(call.arguments):
            case "bash", {"command": str() as command}:
                self._lines.block(self._cut_lines(command), "bold", "$ ", after="  ")
            case _, {"path": str() as path}:
                self._lines.line((call.name, "bold cyan"), f" {path}")
            case "finish", {"summary": str() as summary}:
                self._lines.line((call.name, "bold cyan"))
                self._lines.prose(self._cut_lines(summary), indent="  ")
            case "patch", {"diff": str()}:
                self._lines.line((call.name, "bold cyan"))
            case "todo", {"items": _}:
                self._lines.block("\n".join(todo_lines(todo_in(call.arguments))), "cyan", "todo ", after="     ")
            case ("task", {"task": str() as words}) | ("plan", {"plan": str() as words}):
                self._lines.line((call.name, "bold cyan"))
                self._lines.prose(self._cut_lines(words), indent="  ")
            case _:
                self._lines.block(self._cut_lines(f"{call.name} {call.arguments}"), "cyan", "")

    def _finished(self, event: ev.ToolFinished) -> None:
        if event.call.id not in self._started:  # answered without having run
            self._call(event.call)
        self._started.discard(event.call.id)
        if event.diff:
            self._lines.diff(event.diff, "  ")
        if self._is_told(event):
            return
        failed = event.is_error or event.timed_out or event.exit_code not in (None, 0)
        self._result(self._cut(event.message.content.rstrip("\n")), failed)

    def _is_told(self, event: ev.ToolFinished) -> bool:
        """Whether the result is on the screen already: as a guard's notice, as a diff, or as the summary."""
        if self._whole:
            return False
        content = event.message.content
        if event.is_error:
            return content in self._noticed
        return event.call.name == "finish" or bool(event.diff and not content.startswith("Warning"))

    def _result(self, words: str, failed: bool) -> None:
        """What the tool said; of a failure the last line stands out, which says how it ended."""
        if not words:
            return
        *lines, last = words.split("\n")
        if lines:
            self._lines.block("\n".join(lines), "" if failed else "dim", "  ")
        self._lines.block(last, "red" if failed else "dim", "  ")

    def failing_tests(self, event: ev.Verified) -> None:
        """Of a regression, the end of what the tests printed."""
        if event.verdict == "regressed" and event.after:
            self._lines.block(self._cut(event.after.tail.strip("\n")), "red", "  ")

    def _cut(self, words: str) -> str:
        return words if self._whole else cut_text(words)

    def _cut_lines(self, words: str) -> str:
        return words if self._whole else cut_lines(words)


def _parsed(arguments: str) -> object:
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
