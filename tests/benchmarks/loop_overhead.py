"""What the loop itself costs in each turn, early and late in a long session; mini-swe-agent's beside it."""

import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import big_repository
from mimosa_sandbox import snapshot_for
from options import Options
from result import Figure, Result, Target
from turn_shape import EARLY, LATE, OUTPUT, REASONING, TURNS, command

from agent.guards.standard import fix_guards
from agent.limits import StepLimit, TokenLimit, WallTimeLimit
from agent.means import Means
from agent.session import About, Session
from agent.store import SessionStore
from model_runtime.base import ChatRequest, Completed, Delta, ServerInfo, Usage
from model_runtime.messages import AssistantMessage, ToolCall
from sandbox.base import Checkpoint
from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from tools.base import Arguments, ToolContext, ToolResult
from tools.toolbox import Toolbox

SESSIONS = 3
"""Sessions measured one after the other; each gives its own median early and late."""


class Stopwatch:
    """When each turn began, and how much of it is not the loop's own; all in seconds."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.elsewhere: list[float] = []
        self.checkpoints: list[float] = []

    def overheads(self) -> list[float]:
        """What is left of each whole turn."""
        turns = zip(self.began, self.began[1:], self.elsewhere, self.checkpoints, strict=False)
        return [after - before - elsewhere - saved for before, after, elsewhere, saved in turns]


class MemoryModel:
    """Answers at once with the next call."""

    name = "memory"

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    async def info(self) -> ServerInfo:
        return ServerInfo("memory", 1 << 30)

    async def chat(self, _request: ChatRequest) -> AsyncIterator[Delta]:
        began = time.perf_counter()
        turn = len(self._watch.began)
        self._watch.began.append(began)
        self._watch.checkpoints.append(0.0)
        call = ToolCall(id=f"call_{turn}", name="look", arguments=json.dumps({"command": command(turn)}))
        calls = (call,) if turn < TURNS else ()
        message = AssistantMessage(content="" if calls else "done", reasoning_content=REASONING, tool_calls=calls)
        usage = Usage(prompt_tokens=1000 + 700 * turn, completion_tokens=100)
        self._watch.elsewhere.append(time.perf_counter() - began)
        yield Completed(message, "tool_calls" if calls else "stop", usage, 0.0)

    async def close(self) -> None:
        """Nothing is open."""


class LookArguments(Arguments):
    command: str


class LookTool:
    """Shows the same page to every command; `noted` gets the seconds that it took."""

    name = "look"
    description = "Shows a page."
    arguments = LookArguments
    example = '{"command": "ls"}'

    def __init__(self, noted: Callable[[float], None]) -> None:
        self._noted = noted

    async def run(self, _arguments: LookArguments, context: ToolContext) -> ToolResult:
        began = time.perf_counter()
        context.watch(OUTPUT)
        result = ToolResult(OUTPUT)
        self._noted(time.perf_counter() - began)
        return result


class TimedSandbox(DockerSandbox):
    """The real one; the seconds of its checkpoints are noted."""

    watch = Stopwatch()

    async def checkpoint(self) -> Checkpoint:
        began = time.perf_counter()
        checkpoint = await super().checkpoint()
        if self.watch.checkpoints:
            self.watch.checkpoints[-1] += time.perf_counter() - began
        return checkpoint


def measure(options: Options) -> Result:
    watches, theirs = [], []
    with tempfile.TemporaryDirectory() as place:
        repository = Path(place) / "repository"
        big_repository.make(repository)
        for number in range(SESSIONS):
            watches.append(asyncio.run(play(repository, options.image, SessionStore(Path(place) / "state"))))
            if options.mini_python:
                theirs.append(play_mini(options.mini_python, Path(place) / f"mini-{number}"))
    ours = [watch.overheads() for watch in watches]
    early, late = middle_ms(ours, EARLY), middle_ms(ours, LATE)
    saved = [watch.checkpoints for watch in watches]
    figures = [
        Figure("turn 10", early, "ms", samples(EARLY)),
        Figure("turn 500", late, "ms", samples(LATE)),
        Figure("turn 500 over turn 10", late / early, "times", samples(LATE)),
        Figure("besides: checkpoint at turn 10", middle_ms(saved, EARLY), "ms", samples(EARLY)),
        Figure("besides: checkpoint at turn 500", middle_ms(saved, LATE), "ms", samples(LATE)),
    ]
    if theirs:
        figures += [
            Figure("mini-swe-agent, turn 10", middle_ms(theirs, EARLY), "ms", samples(EARLY)),
            Figure("mini-swe-agent, turn 500", middle_ms(theirs, LATE), "ms", samples(LATE)),
        ]
    return Result(
        benchmark="the loop's own share of a turn",
        what="From one request to the next, less what the model and the tool took: a whole session with its log "
        f"on disk, guards, limits and a Docker sandbox; model and tool answer from memory. {TURNS} turns, each "
        f"{len(REASONING)} characters of thinking, one call, {len(OUTPUT)} characters of output. Asking the "
        f"sandbox whether one of {big_repository.FILES} files has changed (the checkpoint) is shown apart. "
        "mini-swe-agent saves its trajectory, as it does by default, and makes no checkpoint. Medians around the "
        f"turn of {SESSIONS} sessions each.",
        figures=tuple(figures),
        targets=(
            Target("under 5 ms at turn 10 and at turn 500", max(early, late) < 5),
            Target("equal within 20%", 0.8 < late / early < 1.2),
        ),
    )


async def play(repository: Path, image: str, store: SessionStore) -> Stopwatch:
    """One session of TURNS turns."""
    watch = Stopwatch()
    model = MemoryModel(watch)
    options = DockerOptions(image=image)
    with tempfile.TemporaryDirectory() as folder:
        sandbox = TimedSandbox(options, snapshot_for(options, repository, Path(folder)))
        sandbox.watch = watch
        await sandbox.start()
        try:
            await sandbox.run(":")  # where nothing ever ran, a checkpoint need not look at the files
            await play_in(sandbox, model, watch, store)
        finally:
            await sandbox.close()
    if len(watch.began) != TURNS + 1:
        raise RuntimeError(f"the session stopped after {len(watch.began)} of {TURNS + 1} requests")
    return watch


async def play_in(sandbox: TimedSandbox, model: MemoryModel, watch: Stopwatch, store: SessionStore) -> None:
    def noted(seconds: float) -> None:
        watch.elsewhere[-1] += seconds

    means = Means(
        model=model,
        server=await model.info(),
        sandbox=sandbox,
        toolbox=Toolbox((LookTool(noted),), sandbox),
        limits=(StepLimit(10 * TURNS), TokenLimit(1 << 40), WallTimeLimit(3600.0)),
        guards=lambda: fix_guards(sandbox.diff),
    )
    about = About("benchmark", "Find the failing assertion.", "", "", "docker", "You solve tasks.")
    session = await Session.create(store.new(), means, about)
    try:
        async with aclosing(session.turn(about.task)) as events:
            async for _ in events:
                pass
    finally:
        await session.close()


def play_mini(python: Path, folder: Path) -> list[float]:
    """Overheads of mini-swe-agent's turns, in seconds. Raises RuntimeError with its words if it fails."""
    folder.mkdir()
    script = Path(__file__).with_name("mini_loop.py")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([python, script, folder], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"mini-swe-agent could not be measured with {python}:\n{done.stderr[-2000:]}")
    overheads: list[float] = json.loads(done.stdout.splitlines()[-1])
    return overheads


def middle_ms(sessions: list[list[float]], turns: slice) -> float:
    """The median of the sessions' medians over these turns, in ms."""
    return statistics.median(statistics.median(session[turns]) for session in sessions) * 1000


def samples(turns: slice) -> int:
    return SESSIONS * (turns.stop - turns.start)
