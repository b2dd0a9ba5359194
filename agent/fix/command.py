"""`mimosa fix` from the command line's options to its exit code."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agent.commands.guard import tell, told
from agent.config import Loaded, load_settings
from agent.errors import MIMOSA_ERRORS, UsageError
from agent.fix.attempt import PATCH
from agent.fix.deliver import Delivery, check_delivery, deliver
from agent.fix.interrupts import Interrupts
from agent.fix.issue import read_issue
from agent.fix.quiet import JsonWatcher
from agent.fix.request import FixRequest
from agent.fix.result import FixResult
from agent.fix.run import Stopped, fix, resume, start_of
from agent.fix.terminal import TerminalWatcher
from agent.fix.watcher import Watcher
from agent.serving.see_to import see_to_model
from agent.store import SessionStore
from sandbox.workspace.repository import open_repository


@dataclass(frozen=True)
class FixOptions:
    """The command line's options, as they were given; what is a setting is not among them."""

    text: str | None = None
    issue: str | None = None
    repository: Path = Path()
    resume: str | None = None
    apply: bool = False
    branch: str = ""
    patch: Path | None = None
    attempts: int = 1
    json: bool = False
    stream_json: bool = False

    @property
    def quiet(self) -> bool:
        """Whether standard output is for a program."""
        return self.json or self.stream_json

    @property
    def delivery(self) -> Delivery:
        return Delivery(self.apply, self.branch, self.patch)


def run_fix(options: FixOptions, flags: Mapping[str, object]) -> int:
    """Run the command; returns the exit code."""
    interrupts = Interrupts()
    console = Console(highlight=False)
    watcher: Watcher = (
        JsonWatcher(sys.stdout, stream=options.stream_json)
        if options.quiet
        else TerminalWatcher(console, options.attempts)
    )
    with told():
        try:
            return _run(options, flags, watcher, console, interrupts)
        except Stopped as stopped:
            watcher.close()
            tell(_how_to_resume(stopped))
            return stopped.exit_code
        finally:
            watcher.close()


def _run(
    options: FixOptions, flags: Mapping[str, object], watcher: Watcher, console: Console, interrupts: Interrupts
) -> int:
    _check(options)
    store = SessionStore.of_user()
    if options.resume:
        folder = store.find(options.resume)
        start = start_of(folder)
        repository = Path(start.repository)
        check_delivery(options.delivery, repository, start.commit)
        request = FixRequest(start.task, repository)
        result = resume(folder, request, _settings(repository, flags), watcher, interrupts)
    else:
        task = read_issue(options.text, options.issue, os.environ)
        repository = open_repository(options.repository).root
        check_delivery(options.delivery, repository)
        request = FixRequest(task, options.repository, options.attempts)
        result = fix(request, _settings(repository, flags), store, watcher, interrupts)
    if options.quiet:
        return _tell_program(options.delivery, repository, result, watcher)
    return _tell_person(options.delivery, repository, result, watcher, console)


def _settings(repository: Path, flags: Mapping[str, object]) -> Loaded:
    """The settings, and a model to ask."""
    loaded = load_settings(repository, os.environ, flags)
    for note in loaded.notes:
        tell(note)
    return see_to_model(loaded)


def _check(options: FixOptions) -> None:
    if options.json and options.stream_json:
        raise UsageError("--json and --stream-json exclude each other")
    if options.resume and (options.text or options.issue or options.attempts > 1):
        raise UsageError("--resume goes on with one session and its own issue: give no other, and no --attempts")


def _tell_program(delivery: Delivery, repository: Path, result: FixResult, watcher: Watcher) -> int:
    """Deliver first, so that the result says how all of it ended, also where the delivery failed."""
    patch_file = result.session_folder / PATCH
    try:
        for line in deliver(delivery, repository, result, patch_file) if result.patch else ():
            print(line, file=sys.stderr)
    except MIMOSA_ERRORS as error:
        watcher.result(result, patch_file, error.exit_code)
        raise
    watcher.result(result, patch_file, result.exit_code)
    return result.exit_code


def _tell_person(
    delivery: Delivery, repository: Path, result: FixResult, watcher: Watcher, console: Console
) -> int:
    """Show first, so that there is something to decide on."""
    patch_file = result.session_folder / PATCH
    watcher.result(result, patch_file, result.exit_code)
    if not result.patch:
        return result.exit_code
    if not delivery.chosen and console.is_terminal and sys.stdin.isatty():
        delivery = Delivery(apply=_agrees(console))
    for line in deliver(delivery, repository, result, patch_file):
        print(line)
    return result.exit_code


def _agrees(console: Console) -> bool:
    """Whether the patch is wanted. Ctrl-C and Ctrl-D are a no; how to apply it later is told next."""
    try:
        answer = console.input("\nApply the patch to the working tree? \\[y/N] ")
    except (EOFError, KeyboardInterrupt):
        console.print()
        return False
    return answer.strip().lower() in ("y", "yes")


def _how_to_resume(stopped: Stopped) -> str:
    if not stopped.sessions:
        return f"{stopped}; no session had begun, and nothing is left behind"
    lines = [f"  mimosa fix --resume {session}" for session in stopped.sessions]
    return "\n".join([str(stopped), "Everything so far is saved. Go on with:", *lines])
