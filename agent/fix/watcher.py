"""Who looks on while a fix is made. Implementations: a terminal, JSON lines, nobody."""

from pathlib import Path
from typing import Protocol

from agent.events import BaseEvent
from agent.fix.result import FixResult
from agent.place import Place
from sandbox.progress import Progress


class Watcher(Protocol):
    @property
    def streams(self) -> bool:
        """Whether pieces of a reply are wanted while it comes in."""
        ...

    def progress(self, news: Progress) -> None:
        """Something that takes long goes on. May come from another thread."""
        ...

    def placed(self, place: Place, model: str) -> None:
        """The repository is copied and the image is there; work begins."""
        ...

    def event(self, attempt: int, event: BaseEvent) -> None:
        """Something happened in an attempt, which count from 1. It is on disk already."""
        ...

    def result(self, result: FixResult, patch_file: Path, exit_code: int) -> None:
        """The attempt that counts is over; its patch, if there is one, is in `patch_file`. `exit_code` is what the
        command ends with: the result's own, or that of a delivery that failed."""
        ...

    def close(self) -> None:
        """Nothing more will be told. Safe to call twice."""
        ...
