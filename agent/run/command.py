"""`mimosa run` from its options to its exit code."""

import os
import sys
from collections.abc import Mapping
from contextlib import aclosing
from itertools import islice

from rich.console import Console

from agent.commands.guard import tell, told
from agent.config.load import Loaded, load_settings
from agent.config.origin import Layer
from agent.conversation.conversation import Conversation
from agent.conversation.finding import open_here
from agent.conversation.opening import Opening
from agent.errors import INTERRUPTED, MIMOSA_ERRORS, UsageError
from agent.events import FilesApplied, TurnEnded
from agent.fix.interrupts import Interrupts
from agent.knowledge.assembly import Knowledge
from agent.log import read_log
from agent.permission.base import Mode
from agent.run.options import RunOptions
from agent.run.output import AnswerOutput, JsonOutput, Output, TerminalOutput
from agent.run.result import EXIT_CODES, RunResult, cost_of, outcome
from agent.run.task import read_task
from agent.store import SessionStore
from agent.trust import settle_trust
from sandbox.workspace.repository import open_repository

GO_ON = "`mimosa run --continue` goes on from what was saved"


def run_task(options: RunOptions, flags: Mapping[str, object]) -> int:
    """Do the task; returns the exit code."""
    interrupts = Interrupts(go_on=GO_ON)
    output = _output(options)
    with told():
        try:
            return _run(options, flags, output, interrupts)
        finally:
            output.close()


def _output(options: RunOptions) -> Output:
    if options.quiet:
        return JsonOutput(sys.stdout, stream=options.stream_json)
    if sys.stdout.isatty():
        return TerminalOutput(Console(highlight=False))
    return AnswerOutput(sys.stdout, sys.stderr)


def _run(options: RunOptions, flags: Mapping[str, object], output: Output, interrupts: Interrupts) -> int:
    repository = open_repository(options.repository).root
    store = SessionStore.of_user()
    _check(options, store)
    task = "" if options.only_applies else read_task(options.text, sys.stdin)
    settle_trust(repository, os.environ, None)
    loaded = load_settings(repository, os.environ, flags)
    opening = Opening(
        options.repository,
        loaded,
        session=options.session,
        fork=options.fork,
        mode=mode_of(loaded),
        command="run",
        stream=output.streams,
    )
    running = Running(task, options, output)
    try:
        return interrupts.run(running.work(opening, store))
    except KeyboardInterrupt:
        running.tell_how_to_go_on("interrupted")
        return INTERRUPTED
    except MIMOSA_ERRORS as error:
        if not running.session:
            raise
        running.tell_how_to_go_on(str(error))
        return error.exit_code


def _check(options: RunOptions, store: SessionStore) -> None:
    if options.json and options.stream_json:
        raise UsageError("--json and --stream-json exclude each other")
    if options.fork and not options.session:
        raise UsageError("--fork goes on with a copy of a session: name it with --continue or --resume")
    if options.session == "?":
        here = islice(open_here(store, open_repository(options.repository).root), 5)
        lines = [f"  {summary.id}  {' '.join(summary.task.split())[:60]}" for summary in here]
        raise UsageError(
            "\n".join(["--resume needs the id of a session. Those here:", *(lines or ["  none yet"])])
        )


def mode_of(loaded: Loaded) -> Mode:
    """The settings' mode; where nobody chose one, `auto`: there is nobody to ask, and changes stay in the
    sandbox."""
    chosen = loaded.origins["permission.mode"].layer is not Layer.DEFAULT
    return loaded.settings.permission.mode if chosen else "auto"


class Running:
    """One task in one conversation. `session` is its id, "" until it has begun."""

    def __init__(self, task: str, options: RunOptions, output: Output) -> None:
        self.session = ""
        self._task = task
        self._options = options
        self._output = output

    async def work(self, opening: Opening, store: SessionStore) -> int:
        knowledge = Knowledge(os.environ, tell)
        conversation = await Conversation.open(opening, store, assemble=knowledge, report=self._output.progress)
        for note in knowledge.notes:
            tell(note)
        try:
            self._output.placed(conversation.opened.place, conversation.standing.model)
            self.session = conversation.id
            before = len(read_log(conversation.folder))
            if self._task:
                await self._turn(conversation)
            result = await self._result(conversation, before)
        finally:
            took = await conversation.close()
        result = result.model_copy(update={"server": took})
        self._output.result(result)
        return result.exit_code

    async def _turn(self, conversation: Conversation) -> None:
        async with aclosing(conversation.say(self._task)) as events:
            async for event in events:
                self._output.event(event)

    async def _result(self, conversation: Conversation, before: int) -> RunResult:
        """`before`: how many events the log had before this run."""
        conflicts: dict[str, str] = {}
        if self._options.apply:
            conflicts = dict((await conversation.files.apply()).conflicts)
        patch = await conversation.files.diff()
        changed = tuple(change.path for change in await conversation.files.changes())
        records = read_log(conversation.folder)
        ended, answer = outcome(records[before:]) if self._task else (TurnEnded(reason="answered"), "")
        applied = [record.event.paths for record in records[before:] if isinstance(record.event, FilesApplied)]
        return RunResult(
            session=conversation.id,
            session_folder=conversation.folder,
            model=conversation.standing.model,
            ended=ended.reason,
            detail=ended.detail if ended.reason != "finished" else "",
            answer=answer,
            exit_code=EXIT_CODES[ended.reason],
            changed=changed,
            patch=patch.decode("utf-8", "replace"),
            applied=tuple(path for paths in applied for path in paths),
            conflicts=conflicts or dict(conversation.files.conflicts),
            cost=cost_of(records),
        )

    def tell_how_to_go_on(self, why: str) -> None:
        self._output.close()
        if not self.session:
            tell(f"{why}; nothing had begun, and nothing is left behind")
            return
        tell(f'{why}\nEverything so far is saved. Go on with:\n  mimosa run --resume {self.session} "go on"')
