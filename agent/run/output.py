"""Who looks on while a task is done: a person at a terminal, a pipe that wants the answer, or a program."""

import json
import sys
from contextlib import ExitStack
from typing import Protocol, TextIO

from rich.console import Console

from agent.events import BaseEvent, UserSaid
from agent.export.server import server_in_words
from agent.export.words import plural
from agent.fix.terminal import cost_in_words
from agent.place import Place
from agent.run.result import RunResult
from agent.screen.busy import BusyLine
from agent.screen.transcript import Lines, Transcript
from sandbox.local import NO_ISOLATION
from sandbox.progress import PlainLines, Progress, shown_on


class Output(Protocol):
    streams: bool
    """Whether pieces of a reply are wanted while it comes in."""

    def progress(self, news: Progress) -> None: ...

    def placed(self, place: Place, model: str) -> None:
        """The place is made; work begins."""
        ...

    def event(self, event: BaseEvent) -> None: ...

    def result(self, result: RunResult) -> None: ...

    def close(self) -> None:
        """Nothing more will be told. Safe to call twice."""
        ...


class TerminalOutput:
    """The whole transcript, for a person."""

    streams = True

    def __init__(self, console: Console) -> None:
        self._lines = Lines(console)
        self._transcript = Transcript(console)
        self._busy = BusyLine(console)
        self._open = ExitStack()
        self.progress = self._open.enter_context(shown_on(console))

    def placed(self, place: Place, model: str) -> None:
        self._open.close()
        self._lines.fact("code", f"{place.snapshot.root} ({place.snapshot.describe()})")
        self._lines.fact("sandbox", place.about)
        self._lines.fact("model", model)
        if place.backend == "local":
            self._lines.fact("", NO_ISOLATION, "bold red")

    def event(self, event: BaseEvent) -> None:
        if event.logged:
            self._busy.pause()
            if not (isinstance(event, UserSaid) and event.by == "user"):
                self._transcript.show(event)
        self._busy.follow(event)

    def result(self, result: RunResult) -> None:
        self._busy.pause()
        self._lines.line("")
        self._lines.fact("cost", cost_in_words(result.cost))
        if result.server and (words := server_in_words(result.server)):
            self._lines.fact("server", words)
        self._lines.fact("session", result.session)
        for line in words_about_files(result):
            self._lines.fact("files", line)

    def close(self) -> None:
        self._open.close()
        self._busy.pause()


class AnswerOutput:
    """The answer alone on standard output; a few words on the rest on standard error."""

    streams = False

    def __init__(self, out: TextIO, errors: TextIO) -> None:
        self._out = out
        self._errors = errors
        self.progress = PlainLines(self._tell)

    def placed(self, place: Place, model: str) -> None:
        self._tell(f"{place.about}; {model}")
        if place.backend == "local":
            self._tell(NO_ISOLATION)

    def event(self, event: BaseEvent) -> None:
        """The answer is all that counts."""

    def result(self, result: RunResult) -> None:
        if result.answer:
            print(result.answer, file=self._out, flush=True)
        if result.exit_code:
            self._tell(f"{result.ended}: {result.detail}" if result.detail else result.ended)
        for line in words_about_files(result):
            self._tell(line)
        self._tell(f"session {result.session}")

    def close(self) -> None:
        """Nothing is held."""

    def _tell(self, line: str) -> None:
        print(f"mimosa: {line}", file=self._errors, flush=True)


class JsonOutput:
    """The result as one JSON object on one line; with `stream`, each event before it as `{"event": {…}}`, and the
    result as `{"result": {…}}`. Preparation is told on standard error."""

    def __init__(self, out: TextIO, *, stream: bool) -> None:
        self.streams = stream
        self._out = out
        self.progress = PlainLines(lambda line: print(line, file=sys.stderr))

    def placed(self, place: Place, _model: str) -> None:
        if place.backend == "local":
            print(f"mimosa: {NO_ISOLATION}", file=sys.stderr)

    def event(self, event: BaseEvent) -> None:
        if self.streams:
            self._write({"event": event.model_dump(mode="json")})

    def result(self, result: RunResult) -> None:
        told = result.model_dump(mode="json")
        self._write({"result": told} if self.streams else told)

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, value: object) -> None:
        # In ASCII, which every output takes, whatever the locale.
        print(json.dumps(value), file=self._out, flush=True)


def words_about_files(result: RunResult) -> list[str]:
    """What became of the files, a line each."""
    id_ = result.session.rpartition("-")[2]
    lines = []
    if result.applied:
        lines.append(f"{plural(len(result.applied), 'file')} applied to your working tree")
    waiting = [path for path in result.changed if path not in result.conflicts]
    if waiting:
        where = f"{plural(len(waiting), 'changed file')} in the sandbox"
        lines.append(f"{where}; to bring them over: mimosa run --resume {id_} --apply")
    for path, why in result.conflicts.items():
        lines.append(f"{path} is not applied, as {why}; decide in: mimosa --resume {id_}")
    return lines
