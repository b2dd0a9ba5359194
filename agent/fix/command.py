"""`mimosa fix` from the command line's options to its exit code."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agent.commands.guard import tell, told
from agent.config import Loaded, load_settings
from agent.errors import UsageError
from agent.fix.attempt import PATCH
from agent.fix.deliver import Delivery, deliver
from agent.fix.interrupts import Interrupts
from agent.fix.issue import read_issue
from agent.fix.quiet import JsonWatcher
from agent.fix.request import FixRequest
from agent.fix.result import FixResult
from agent.fix.run import Stopped, fix, resume, task_of
from agent.fix.terminal import TerminalWatcher
from agent.fix.watcher import Watcher
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


def run_fix(options: FixOptions, flags: Mapping[str, object]) -> int:
    """Run the command; returns the exit code."""
    interrupts = Interrupts()
    console = Console(highlight=False)
    watcher: Watcher = (
        JsonWatcher(sys.stdout, stream=options.stream_json)
        if options.json or options.stream_json
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
        task, repository = task_of(folder)
        result = resume(folder, FixRequest(task, repository), _settings(repository, flags), watcher, interrupts)
    else:
        task = read_issue(options.text, options.issue, os.environ)
        repository = open_repository(options.repository).root
        request = FixRequest(task, options.repository, options.attempts)
        result = fix(request, _settings(repository, flags), store, watcher, interrupts)
    patch_file = result.session_folder / PATCH
    watcher.result(result, patch_file)
    if result.patch:
        _deliver(options, repository, result, patch_file, console)
    return result.exit_code


def _settings(repository: Path, flags: Mapping[str, object]) -> Loaded:
    return load_settings(repository, os.environ, flags)


def _check(options: FixOptions) -> None:
    if options.json and options.stream_json:
        raise UsageError("--json and --stream-json exclude each other")
    if options.resume and (options.text or options.issue or options.attempts > 1):
        raise UsageError("--resume goes on with one session and its own issue: give no other, and no --attempts")


def _deliver(options: FixOptions, repository: Path, result: FixResult, patch_file: Path, console: Console) -> None:
    delivery = Delivery(options.apply, options.branch, options.patch)
    quiet = options.json or options.stream_json
    if not delivery.chosen and not quiet and console.is_terminal and sys.stdin.isatty():
        answer = console.input("\nApply the patch to the working tree? \\[y/N] ")
        delivery = Delivery(apply=answer.strip().lower() in ("y", "yes"))
    for line in deliver(delivery, repository, result, patch_file):
        print(line, file=sys.stderr if quiet else sys.stdout)


def _how_to_resume(stopped: Stopped) -> str:
    if not stopped.sessions:
        return f"{stopped}; no session had begun, and nothing is left behind"
    lines = [f"  mimosa fix --resume {session}" for session in stopped.sessions]
    return "\n".join([f"{stopped}; everything so far is saved. Go on with:", *lines])
