"""A whole session on a terminal, or through a pipe: what the HTML page tells, as lines of text.

Lines are never wrapped here: a terminal does that itself, and a pipe wants them whole.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from agent import events as ev
from agent.export.outline import Part, Step, outline
from agent.export.summary import TONES, Summary, summarize
from agent.export.table import STYLES
from agent.export.unified import parse_diff
from agent.export.visible import visible
from agent.export.words import count, duration, local_moment, plural, short_count
from model_runtime.messages import ToolCall

if TYPE_CHECKING:
    from rich.console import Console

_HEAD, _TAIL = 4, 8  # lines of a long text that are shown
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan", "d": "bold"}


def show(records: Iterable[ev.Record], console: "Console", *, whole: bool = False) -> None:
    """Print the session. Long thinking and output is cut to head and tail unless `whole`. Raises SessionError if
    the records have no beginning."""
    every = tuple(records)
    printer = _Printer(console, whole)
    summary = summarize(every)
    printer.header(summary)
    for part in outline(every):
        printer.part(part)
    printer.ending(summary)


class _Printer:
    def __init__(self, console: "Console", whole: bool) -> None:
        self.console = console
        self.whole = whole

    def header(self, summary: Summary) -> None:
        start, totals, outcome = summary.started, summary.totals, summary.outcome
        self._line(
            ("mimosa " + start.command, "bold yellow"), "  ", (outcome.word, f"bold {STYLES[outcome.tone]}")
        )
        self._block(start.task, "bold", "")
        commit = f" at {start.commit[:12]}" if start.commit else ""
        took = duration(summary.ended_at - summary.started_at)
        for name, value in (
            ("session", start.session),
            ("repository", start.repository + commit),
            ("model", start.model),
            ("sandbox", start.sandbox),
            ("when", f"{local_moment(summary.started_at)}, took {took}"),
        ):
            self._line((f"{name:<11}", "dim"), value)
        share = f" ({totals.cached / totals.read:.0%} cached)" if totals.read else ""
        cost = f"{plural(totals.steps, 'step')}, {short_count(totals.read)} tokens read{share}, "
        cost += f"{short_count(totals.written)} written, {duration(totals.model_seconds)} model, "
        self._line((f"{'cost':<11}", "dim"), cost + f"{duration(totals.tool_seconds)} tools")

    def part(self, part: Part) -> None:
        if isinstance(part, Step):
            self._step(part)
        else:
            self._event(part)

    def ending(self, summary: Summary) -> None:
        ended = summary.ended
        if ended is None:
            return
        if ended.summary.strip():
            self._title("Summary")
            self._block(ended.summary, "", "")
        if ended.patch.strip():
            files = parse_diff(ended.patch)
            self._title("Patch", plural(len(files), "file"))
            self._diff(ended.patch, "")

    def _step(self, step: Step) -> None:
        usage, message = step.reply.usage, step.reply.message
        self._title(
            f"Step {step.number}",
            f"{duration(step.reply.seconds)}, {short_count(usage.prompt_tokens)} read, "
            f"{short_count(usage.cached_tokens)} cached, {short_count(usage.completion_tokens)} written",
        )
        for event in step.before:
            self._event(event)
        if message.reasoning_content.strip():
            self._block(self._cut(message.reasoning_content.strip()), "dim italic", "  ")
        if message.content.strip():
            self._block(message.content.strip(), "", "")
        for after in step.after:
            self._event(after)

    def _event(self, event: ev.BaseEvent) -> None:
        match event:
            case ev.UserSaid(message=message, by=by):
                self._title("User" if by == "user" else "Mimosa")
                self._block(self._cut(message.content), "bold", "")
            case ev.ToolFinished():
                self._finished(event)
            case ev.ToolStarted(call=call):
                self._call(call)
                self._line(("  the session stopped while this ran", "yellow"))
            case ev.GuardNoticed(guard=guard, text=text):
                self._block(f"guard {guard}: {text}", "yellow", "! ")
            case ev.ReplyRepaired(kind=kind, detail=detail):
                self._block(f"repaired {kind}: {detail}", "yellow", "! ")
            case ev.RequestRetried(reason=reason, attempt=attempt, wait_s=wait):
                self._block(f"asked again, attempt {attempt}, after {duration(wait)}: {reason}", "yellow", "! ")
            case ev.CompactionStarted(tokens=tokens, context_length=length):
                self._title("Compaction", f"{count(tokens)} tokens of {count(length)} in use")
            case ev.Compacted(tokens_before=tokens, archive=archive):
                self._title("Context compacted", f"at {count(tokens)} tokens, the archive is {archive}")
            case ev.CheckpointMade(number=number, tree=tree):
                self._line((f"  checkpoint {number} {tree[:10]}", "dim"))
            case ev.SessionResumed(checkpoint=checkpoint):
                self._title("Resumed", f"from checkpoint {checkpoint}")
            case ev.SessionForked(parent=parent):
                self._title("Copy", f"of session {parent}")
            case ev.TurnEnded(reason=reason, detail=detail):
                self._title("Turn ended", f"{reason}: {detail}" if detail else reason)
            case ev.Verified(verdict=verdict, reason=reason):
                self._line((verdict, f"bold {STYLES[TONES[verdict]]}"), f"  {reason}")
            case _:
                return  # the start and the end are the header and the ending

    def _call(self, call: ToolCall) -> None:
        try:
            arguments = json.loads(call.arguments)
        except (ValueError, RecursionError):
            arguments = call.arguments
        match call.name, arguments:
            case "bash", {"command": str() as command}:
                self._block(command, "bold", "$ ", after="  ")
            case _, {"path": str() as path}:
                self._line((call.name, "bold cyan"), f" {path}")
            case "finish", {"summary": str() as summary}:
                self._line((call.name, "bold cyan"))
                self._block(summary, "", "  ")
            case _:
                self._block(f"{call.name} {call.arguments}", "cyan", "")

    def _finished(self, event: ev.ToolFinished) -> None:
        self._call(event.call)
        if event.diff:
            self._diff(event.diff, "  ")
        failed = event.is_error or event.timed_out or event.exit_code not in (None, 0)
        self._result(self._cut(event.message.content.rstrip("\n")), failed)

    def _result(self, words: str, failed: bool) -> None:
        """What the tool said; of a failure the last line stands out, which says how it ended."""
        if not words:
            return
        *lines, last = words.split("\n")
        if lines:
            self._block("\n".join(lines), "" if failed else "dim", "  ")
        self._block(last, "red" if failed else "dim", "  ")

    def _diff(self, diff: str, indent: str) -> None:
        for line in visible(diff).rstrip("\n").split("\n"):
            self._line(indent, (line, _DIFF_STYLES.get(line[:1], "")))

    def _title(self, title: str, facts: str = "") -> None:
        self.console.print()
        self._line((f"── {title}", "bold"), (f"  {facts}" if facts else "", "dim"))

    def _block(self, words: str, style: str, indent: str, *, after: str | None = None) -> None:
        """Lines behind an indent; `after` is the indent of the second line and on."""
        for number, line in enumerate(visible(words).rstrip("\n").split("\n")):
            lead = indent if number == 0 or after is None else after
            self._line((lead, "yellow" if lead.strip() else ""), (line, style))

    def _line(self, *parts: str | tuple[str, str]) -> None:
        spans = [(visible(part), "") if isinstance(part, str) else (visible(part[0]), part[1]) for part in parts]
        self.console.print(Text.assemble(*spans), soft_wrap=True)

    def _cut(self, words: str) -> str:
        lines = words.strip("\n").split("\n")
        left_out = len(lines) - _HEAD - _TAIL
        if self.whole or left_out < 2:
            return words
        return "\n".join([*lines[:_HEAD], f"… {plural(left_out, 'line')} left out …", *lines[-_TAIL:]])
