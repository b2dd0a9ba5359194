"""`mimosa fix` for programs: one JSON object at the end, or every event as a line as it happens."""

import json
import sys
from pathlib import Path
from typing import TextIO

from agent.events import BaseEvent
from agent.fix.result import FixResult
from agent.place import Place
from sandbox.progress import PlainLines, Progress


class JsonWatcher:
    """The result on `out` as one JSON object on one line; with `stream`, each event before it, as `{"attempt": 1,
    "event": {…}}`, and the result as `{"result": {…}}`. Preparation is told on standard error."""

    def __init__(self, out: TextIO, *, stream: bool) -> None:
        self.streams = stream
        self._out = out
        self._report = PlainLines(lambda line: print(line, file=sys.stderr))

    def progress(self, news: Progress) -> None:
        self._report(news)

    def placed(self, place: Place, model: str) -> None:
        """All of it is in the events and in the result."""

    def event(self, attempt: int, event: BaseEvent) -> None:
        if self.streams:
            self._write({"attempt": attempt, "event": event.model_dump(mode="json")})

    def result(self, result: FixResult, patch_file: Path, exit_code: int) -> None:
        told = result.model_dump(mode="json") | {
            "verdict": result.verdict,
            "exit_code": exit_code,
            "patch_file": str(patch_file) if result.patch else None,
        }
        self._write({"result": told} if self.streams else told)

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, value: object) -> None:
        # In ASCII, which every output takes, whatever the locale.
        print(json.dumps(value), file=self._out, flush=True)
