"""`mimosa fix` on a terminal, or as plain text in a pipe."""

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agent import events as ev
from agent.export.server import server_in_words
from agent.export.visible import visible
from agent.export.words import duration, plural, short_count
from agent.fix.result import Cost, FixResult
from agent.place import Place
from agent.screen.busy import BusyLine
from agent.screen.cut import cut_text
from agent.screen.transcript import VERDICT_STYLES, Lines, Transcript
from sandbox.local import NO_ISOLATION
from sandbox.progress import Progress, shown_on

RECORDED = "A RECORDED SESSION, PLAYED BACK: the words are old; every command and every edit is done for real"


class TerminalWatcher:
    """Prints what is finished once, and keeps one line under it for what goes on."""

    streams = True

    def __init__(self, console: Console, attempts: int = 1) -> None:
        self._console = console
        self._lines = Lines(console)
        self._attempts = attempts
        self._transcript = Transcript(console)
        self._busy = BusyLine(console)
        self._open = ExitStack()
        self._report = self._open.enter_context(shown_on(console))

    def progress(self, news: Progress) -> None:
        self._report(news)

    def placed(self, place: Place, model: str) -> None:
        self._open.close()
        self._lines.fact("code", f"{place.snapshot.root} ({place.snapshot.describe()})")
        self._lines.fact("sandbox", place.about)
        self._lines.fact("setup", place.why)
        for note in place.notes:
            self._lines.fact("note", note, "yellow")
        self._lines.fact("tests", place.test_command or "none known", "" if place.test_command else "yellow")
        self._lines.fact("model", model)
        if model.startswith("replay"):
            self._lines.fact("", RECORDED, "bold yellow")
        if place.backend == "local":
            self._lines.fact("", NO_ISOLATION, "bold red")

    def event(self, attempt: int, event: ev.BaseEvent) -> None:
        if self._attempts > 1:
            self._headline(attempt, event)
            return
        if event.logged:
            self._busy.pause()
            self._tell(event)
        self._busy.follow(event)

    def _tell(self, event: ev.BaseEvent) -> None:
        match event:
            case ev.SessionStarted(task=task):
                self._lines.title("Issue")
                self._lines.prose(cut_text(task), "bold")
            case ev.UserSaid(by="user") | ev.Verified() | ev.ServerMeasured():
                return  # the issue with Mimosa's own words around it; what the result tells
            case _:
                self._transcript.show(event)

    def result(self, result: FixResult, patch_file: Path, _exit_code: int) -> None:
        self._busy.pause()
        self._console.print()
        if result.patch:
            self._lines.diff(result.patch)
            self._console.print()
        reason = result.verification.reason if result.verification else "the files are as they were"
        style = f"bold {VERDICT_STYLES[result.verdict]}"
        self._lines.line((f"{result.verdict:<11}", style), reason)
        if result.verification:
            self._transcript.failing_tests(result.verification)
        self._lines.fact("cost", cost_in_words(result.cost))
        if result.server and (words := server_in_words(result.server)):
            self._lines.fact("server", words)
        self._lines.fact("session", result.session)
        if result.patch:
            self._lines.fact("patch", str(patch_file))
        if result.ended == "limit":
            self._lines.fact("go on", f"mimosa fix --resume {result.session}, which counts its limits anew")

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._open.close()
        self._busy.pause()

    def _headline(self, attempt: int, event: ev.BaseEvent) -> None:
        """Several attempts share the screen, so each event gets one line."""
        match event:
            case ev.Replied(step=step, message=message):
                calls = ", ".join(call.name for call in message.tool_calls) or "no call"
                line = f"step {step}: {calls}"
            case ev.TurnEnded(reason=reason, detail=detail):
                line = f"{reason}: {detail}"
            case ev.Verified(verdict=verdict, reason=reason):
                line = f"{verdict}: {reason}"
            case ev.GuardNoticed(text=text):
                line = f"guard: {text}"
            case _:
                return
        told = Text.assemble((f"[{attempt}] ", "bold cyan"), visible(line).replace("\n", " "))
        told.truncate(self._console.width, overflow="ellipsis")
        self._console.print(told)


def cost_in_words(cost: Cost) -> str:
    """`12 turns, 84.1k tokens read (91% cached), 6.2k written, 2 min 3 s (model 1 min 50 s, tools 9 s)`."""
    cached = f" ({cost.cached_tokens / cost.prompt_tokens:.0%} cached)" if cost.prompt_tokens else ""
    parts = [
        plural(cost.turns, "turn"),
        f"{short_count(cost.prompt_tokens)} tokens read{cached}",
        f"{short_count(cost.completion_tokens)} written",
        f"{duration(cost.seconds)} (model {duration(cost.model_seconds)}, tools {duration(cost.tool_seconds)})",
    ]
    if cost.repairs:
        parts.append(plural(cost.repairs, "repaired reply").replace("replys", "replies"))
    if cost.retries:
        parts.append(f"{cost.retries} asked again")
    return ", ".join(parts)
