"""Events as lines on a terminal, the same live and from a session on disk."""

import json

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from agent import events as ev
from model_runtime.messages import ToolCall

THINKING_LINES = 3
OUTPUT_LINES = 12


def diff_view(patch: str) -> Syntax:
    """A unified diff in colours, on the terminal's own background."""
    return Syntax(patch, "diff", theme="ansi_dark", background_color="default", word_wrap=True)


class Transcript:
    """Prints each event once. `whole` shows thinking and output uncut."""

    def __init__(self, console: Console, *, whole: bool = False) -> None:
        self.console = console
        self.whole = whole

    def show(self, event: ev.BaseEvent) -> None:
        match event:
            case ev.SessionStarted():
                self._started(event)
            case ev.UserSaid():
                self._said(event)
            case ev.Replied():
                self._replied(event)
            case ev.ToolStarted():
                self._call(event.call)
            case ev.ToolFinished():
                self._finished(event)
            case ev.GuardNoticed():
                self._note(f"{event.guard}: {event.text}")
            case ev.RequestRetried():
                self._note(f"asking the model again in {event.wait_s:.1f} s: {event.reason}")
            case ev.ReplyRepaired():
                self._note(f"repaired the reply ({event.kind}): {event.detail}")
            case ev.Compacted():
                self._note(f"context compacted at {event.tokens_before:,} tokens; the archive is {event.archive}")
            case ev.SessionResumed():
                self._note(f"resumed from checkpoint {event.checkpoint}")
            case ev.TurnEnded():
                self._turn_ended(event)
            case ev.Verified():
                self._verified(event)

    def _started(self, event: ev.SessionStarted) -> None:
        commit = f" at {event.commit[:10]}" if event.commit else ""
        self.console.print(Text.assemble(("session ", "dim"), (event.session, "bold")))
        self.console.print(Text.assemble(("model   ", "dim"), event.model))
        self.console.print(Text.assemble(("sandbox ", "dim"), event.sandbox))
        self.console.print(Text.assemble(("code    ", "dim"), event.repository, commit))

    def _said(self, event: ev.UserSaid) -> None:
        if self.whole:
            self.console.print()
            self.console.print(Padding(Text(event.message.content, style="bold"), (0, 0, 0, 2)))

    def _replied(self, event: ev.Replied) -> None:
        self.console.print()
        if thinking := event.message.reasoning_content.strip():
            self._block(self._cut(thinking, THINKING_LINES, keep_head=True), "dim italic", bar="  ")
        if content := event.message.content.strip():
            self._block(content, "", bar="  ")

    def _call(self, call: ToolCall) -> None:
        name, arguments = call.name, _arguments(call)
        if name == "bash":
            command = str(arguments.get("command", call.arguments))
            first, *rest = command.splitlines() or [""]
            self.console.print(Text.assemble(("$ ", "bold cyan"), (first, "bold")))
            if rest:
                self._block("\n".join(rest), "bold", bar="  ")
            return
        subject = str(arguments.get("path", ""))
        self.console.print(Text.assemble(("● ", "bold cyan"), (name, "bold"), f" {subject}"))

    def _finished(self, event: ev.ToolFinished) -> None:
        if event.diff:
            self.console.print(Padding(diff_view(event.diff.rstrip("\n")), (0, 0, 0, 2)))
            return
        style = "red" if event.is_error else "dim"
        self._block(self._cut(event.message.content.rstrip(), OUTPUT_LINES), style, bar="│ ")

    def _note(self, text: str) -> None:
        self.console.print(Text(f"! {text}", style="yellow"))

    def _turn_ended(self, event: ev.TurnEnded) -> None:
        colour = {"finished": "green", "answered": "green"}.get(event.reason, "yellow")
        self.console.print()
        self.console.print(Text.assemble((f"{event.reason}", f"bold {colour}"), f"  {event.detail}".rstrip()))

    def _verified(self, event: ev.Verified) -> None:
        colour = {"verified": "green", "unverified": "yellow", "regressed": "red"}[event.verdict]
        self.console.print(Text.assemble((event.verdict, f"bold {colour}"), f"  {event.reason}"))
        if event.verdict == "regressed" and event.after:
            self._block(self._cut(event.after.tail.rstrip(), OUTPUT_LINES), "red", bar="│ ")

    def _block(self, text: str, style: str, *, bar: str) -> None:
        for line in text.splitlines():
            self.console.print(Text(bar, style="dim").append(line, style=style))

    def _cut(self, text: str, lines: int, *, keep_head: bool = False) -> str:
        """The first or the last `lines` lines, with a word about the rest."""
        every = text.splitlines()
        if self.whole or len(every) <= lines:
            return text
        left_out = f"… {len(every) - lines} more lines"
        return "\n".join([*every[:lines], left_out] if keep_head else [left_out, *every[-lines:]])


def _arguments(call: ToolCall) -> dict[str, object]:
    try:
        parsed = json.loads(call.arguments)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
