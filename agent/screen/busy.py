"""One line under everything printed that says what goes on now; gone when it is over. Nothing in a pipe."""

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from agent import events as ev
from agent.export.visible import visible
from agent.export.words import duration, short_count
from tools.terminal_text import plain

if TYPE_CHECKING:
    from rich.live import Live

REFRESHES_PER_SECOND = 5


class BusyLine:
    """Follows events. Whoever prints something calls `pause` first; the next event brings the line back."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._what = ""
        self._since = 0.0
        self._characters = 0
        self._output = ""

    def pause(self) -> None:
        """Take the line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def follow(self, event: ev.BaseEvent) -> None:
        """Take in what happens, and show what goes on after it."""
        match event:
            case ev.UserSaid() | ev.ToolFinished() | ev.RequestRetried():
                self._begin("waiting for the model")
            case ev.ReasoningStreamed(text=text):
                self._grow("thinking", text)
            case ev.ContentStreamed(text=text):
                self._grow("answering", text)
            case ev.CallStreamed(arguments=text):
                self._grow("writing a call", text)
            case ev.ToolStarted(call=call):
                self._begin(f"running {call.name}")
            case ev.ToolOutput(text=text):
                self._output = next((line for line in reversed(text.splitlines()) if line.strip()), self._output)
            case ev.CompactionStarted():
                self._begin("summing up the history")
            case ev.VerificationStep(text=text):
                self._begin(text)
            case _:
                return
        self._show()

    def __rich__(self) -> Text:
        """The line as it is now; drawn anew a few times a second."""
        line = Text.assemble((self._what, "bold"), (f" {duration(time.monotonic() - self._since)}", "dim"))
        if self._characters:
            line.append(f", {short_count(self._characters)} characters", "dim")
        if self._output:
            line.append(f"  {visible(plain(self._output)[0].strip())}", "dim")  # without its colours
        line.no_wrap, line.overflow = True, "ellipsis"
        return line

    def _begin(self, what: str) -> None:
        self._what, self._since, self._characters, self._output = what, time.monotonic(), 0, ""

    def _grow(self, what: str, text: str) -> None:
        if what != self._what:
            self._begin(what)
        self._characters += len(text)

    def _show(self) -> None:
        if self._live is not None or not self._console.is_terminal:
            return
        from rich.live import Live

        self._live = Live(self, console=self._console, transient=True, refresh_per_second=REFRESHES_PER_SECOND)
        self._live.start()
