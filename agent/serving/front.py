"""Who looks on while a server is started, and may be asked whether it shall be."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console

from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.progress import Progress as StartProgress
from model_runtime.serving.local.show import start_bar, words
from sandbox.progress import Progress, Report

Reporting = AbstractContextManager[Callable[[StartProgress], None]]


class Front(Protocol):
    def agrees(self, question: str) -> bool:
        """Whether the server shall be started; False where nobody can be asked."""
        ...

    def says(self, text: str) -> None: ...

    def waits(self, instance: Instance) -> Reporting:
        """What the progress of a start is told to."""
        ...


class TerminalFront:
    """Standard error, and questions where somebody is there to answer."""

    def agrees(self, question: str) -> bool:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        print(f"{question} [Y/n]", file=sys.stderr, end=" ", flush=True)
        try:
            return input().strip().lower() in ("", "y", "yes")
        except EOFError:
            return False

    def says(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def waits(self, instance: Instance) -> Reporting:
        return start_bar(instance, Console(stderr=True))


class ReportFront:
    """A screen that shows what a preparation reports; it asks, if at all, before."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def agrees(self, question: str) -> bool:  # noqa: ARG002 - the contract's
        return False

    def says(self, text: str) -> None:
        self._report(Progress("server", text))

    @contextmanager
    def waits(self, instance: Instance) -> Iterator[Callable[[StartProgress], None]]:
        def report(now: StartProgress) -> None:
            done = round(now.fraction * 100)
            self._report(Progress("server", now.phase, done, 100, words(instance, now)))

        yield report
