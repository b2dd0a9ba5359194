"""A session: everything on disk before it is seen, files saved step by step, and an end that leaves it whole."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from scripted import (
    ScriptedModel,
    Silence,
    answer,
    bash,
    call,
    calls,
    end,
    finish,
    kind,
    results,
    said,
    user_words,
)
from sessions import ABOUT, begun, make_snapshot, means_for, only, play, resumed

from agent.errors import SessionError
from agent.events import CheckpointMade, Event, ReasoningStreamed, ToolFinished, ToolOutput, ToolStarted, TurnEnded
from agent.history import History
from agent.limits import WallTimeLimit
from agent.log import read_log
from agent.loop import LOST
from agent.session import Session
from model_runtime.base import ReasoningDelta, Sampling, Usage
from model_runtime.errors import ModelRefused
from sandbox.errors import SandboxError
from sandbox.local import LocalSandbox
from sandbox.workspace.snapshot import Snapshot


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_snapshot(tmp_path_factory.mktemp("snapshot"))


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
async def session(tmp_path: Path, snapshot: Snapshot, model: ScriptedModel) -> AsyncIterator[Session]:
    made, _ = await begun(tmp_path, snapshot, model)
    yield made
    await made.close()


def logged(session: Session) -> list[Event]:
    return [record.event for record in read_log(session.folder)]


def rebuilt(session: Session) -> History:
    """The history as a later process would read it."""
    start, *events = logged(session)
    return History.of(start, [start, *events])  # type: ignore[arg-type]


def patched_copy(repository: Path, patch: Path, copy: Path) -> Path:
    subprocess.run(["git", "clone", "-q", repository, copy], check=True)
    subprocess.run(["git", "apply", patch], cwd=copy, check=True)
    return copy


async def test_every_event_is_on_disk_before_it_is_seen(session: Session, model: ScriptedModel) -> None:
    model.will(bash("echo 1 >c.txt"), calls(call("nothing")), finish())
    seen: list[Event] = []

    def watch(event: Event) -> None:
        if event.logged:
            seen.append(event)
        assert logged(session)[: len(seen)] == seen

    await play(session, "go", watch)
    assert logged(session) == seen
    assert seen[0].type == "session_started"
    assert seen[1].type == "user_said"


async def test_the_log_alone_gives_the_history(session: Session, model: ScriptedModel) -> None:
    model.will(
        bash("echo 1 >c.txt", timeout=5), said(answer("half"), "length"), calls(call("nothing")), answer("so")
    )
    await play(session, "go")
    model.will(finish())
    await play(session, "again")
    assert rebuilt(session).messages == session.history.messages
    assert rebuilt(session).own_words == ["go", "again"]


async def test_files_are_saved_whenever_a_call_changed_them(
    session: Session, model: ScriptedModel, snapshot: Snapshot, tmp_path: Path
) -> None:
    model.will(bash("echo 1 >c.txt"), bash("ls"), bash("rm a.txt; chmod +x b.txt"), finish())
    events = await play(session, "go")
    made = [event for event in events if isinstance(event, CheckpointMade)]
    assert [event.patch for event in made] == ["checkpoints/0000.patch", "checkpoints/0001.patch"]
    copy = patched_copy(snapshot.root, session.folder / made[1].patch, tmp_path / "copy")
    assert sorted(path.name for path in copy.glob("*.txt")) == ["b.txt", "c.txt"]
    assert (copy / "b.txt").stat().st_mode & 0o100


async def test_a_checkpoint_comes_before_the_result_of_the_call_that_made_it(
    session: Session, model: ScriptedModel
) -> None:
    model.will(bash("echo 1 >c.txt"), finish())
    order = kind(await play(session, "go"))
    assert order[3:6] == ["tool_started", "checkpoint_made", "tool_finished"]


async def test_what_a_job_changes_after_its_call_is_saved_at_the_end(
    session: Session, model: ScriptedModel
) -> None:
    model.will(bash("(sleep 0.3; echo late >c.txt) >/dev/null 2>&1 &"), bash("sleep 0.6"), answer("done"))
    events = await play(session, "go")
    assert len(only(events, CheckpointMade)) == 1


async def test_an_interrupt_keeps_what_the_command_printed(session: Session, model: ScriptedModel) -> None:
    model.will(bash("echo 1 >c.txt; echo so far; sleep 60"))
    tasks = []

    def watch(event: Event) -> None:
        if isinstance(event, ToolOutput):
            tasks.append(asyncio.ensure_future(session.interrupt()))

    events = await play(session, "go", watch)
    assert end(events).reason == "interrupted"
    assert "so far" in results(session.history)[0]
    assert len(only(events, CheckpointMade)) == 1
    assert logged(session)[-1] == events[-1]


async def test_an_interrupt_before_the_command_runs_is_not_lost(session: Session, model: ScriptedModel) -> None:
    model.will(bash("sleep 60"))
    tasks = []

    def watch(event: Event) -> None:
        if isinstance(event, ToolStarted):
            tasks.append(asyncio.ensure_future(session.interrupt()))

    async with asyncio.timeout(30):
        events = await play(session, "go", watch)
    assert end(events).reason == "interrupted"
    assert session.history.open_calls == ()


async def test_an_interrupt_between_turns_is_nothing(session: Session, model: ScriptedModel) -> None:
    await session.interrupt()
    model.will(finish())
    assert end(await play(session, "go")).reason == "finished"


async def test_a_cancelled_turn_is_logged_as_interrupted_and_whole(session: Session, model: ScriptedModel) -> None:
    model.will(bash("echo 1 >c.txt; echo; sleep 60"))
    started = asyncio.Event()
    playing = asyncio.create_task(
        play(session, "go", lambda e: started.set() if isinstance(e, ToolOutput) else None)
    )
    await started.wait()
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert [event.type for event in logged(session)][-3:] == ["tool_finished", "checkpoint_made", "turn_ended"]
    assert logged(session)[-1] == TurnEnded(reason="interrupted")
    assert results(rebuilt(session)) == [LOST]
    model.will(finish())
    assert end(await play(session, "go on")).reason == "finished"


async def test_a_cancelled_checkpoint_loses_no_result(tmp_path: Path, snapshot: Snapshot) -> None:
    """The result is in the history when the checkpoint is made, so it must get into the log whatever happens."""

    class Slow(LocalSandbox):
        slow = False
        reached = asyncio.Event()

        async def checkpoint(self):  # type: ignore[no-untyped-def]
            if self.slow:
                self.reached.set()
                await asyncio.sleep(0.2)
            return await super().checkpoint()

    sandbox = Slow(tmp_path / "sandbox", snapshot)
    await sandbox.start()
    (tmp_path / "session").mkdir()
    model = ScriptedModel(bash("echo 1 >c.txt; echo printed"))
    session = await Session.create(tmp_path / "session", means_for(model, sandbox), ABOUT)
    sandbox.slow = True
    playing = asyncio.create_task(play(session, "go"))
    await sandbox.reached.wait()
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert rebuilt(session).messages == session.history.messages
    assert "printed" in results(rebuilt(session))[0]
    assert "checkpoint_made" in [event.type for event in logged(session)]
    await session.close()


@pytest.mark.parametrize("stop_at", [1, 3, 6, 9])
async def test_a_reader_that_goes_away_leaves_a_whole_log(
    session: Session, model: ScriptedModel, stop_at: int
) -> None:
    model.will(bash("echo 1 >c.txt"), finish())
    turn = session.turn("go")
    for _ in range(stop_at):
        await anext(turn)
    await turn.aclose()
    assert rebuilt(session).open_calls == ()
    assert rebuilt(session).messages == session.history.messages
    assert [event.type for event in logged(session)].count("turn_ended") == 1


async def test_a_model_that_fails_ends_the_turn_as_failed_and_the_error_passes(
    session: Session, model: ScriptedModel
) -> None:
    model.will(bash("true"), ModelRefused("no such model"))
    with pytest.raises(ModelRefused):
        await play(session, "go")
    assert logged(session)[-1] == TurnEnded(reason="failed", detail="no such model")
    model.will(finish())
    assert end(await play(session)).reason == "finished"


async def test_wall_time_ends_a_running_command(tmp_path: Path, snapshot: Snapshot) -> None:
    model = ScriptedModel(bash("echo so far; sleep 60"))
    session, _ = await begun(tmp_path, snapshot, model, limits=(WallTimeLimit(0.5),))
    events = await play(session, "go")
    assert end(events).reason == "limit"
    assert "wall time" in end(events).detail
    assert "so far" in results(session.history)[0]
    await session.close()


async def test_wall_time_ends_endless_thinking(tmp_path: Path, snapshot: Snapshot) -> None:
    silence = Silence(ReasoningDelta("hm"))
    session, _ = await begun(tmp_path, snapshot, ScriptedModel(silence), limits=(WallTimeLimit(0.3),), stream=True)
    events = await play(session, "go")
    assert end(events).reason == "limit"
    assert silence.closed
    assert only(events, ReasoningStreamed)
    await session.close()


async def test_a_message_said_while_the_model_works_reaches_it(session: Session, model: ScriptedModel) -> None:
    model.will(bash("true"), finish())
    await play(session, "go", lambda e: session.say("and b.txt") if isinstance(e, ToolStarted) else None)
    assert user_words(session.history)[:2] == ["go", "and b.txt"]


async def test_text_that_utf_8_cannot_hold_is_replaced(session: Session, model: ScriptedModel) -> None:
    model.will(answer("ok"))
    await play(session, "caf\udce9")
    assert user_words(rebuilt(session)) == ["caf?"]


async def test_a_workspace_that_cannot_be_recorded_is_told_and_at_last_stops_the_turn(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    model = ScriptedModel()
    session, sandbox = await begun(tmp_path, snapshot, model)
    model.will(bash(f"rm -rf {sandbox.home}/store.git"), *[bash(f"echo {n} >c.txt") for n in range(9)])
    with pytest.raises(SandboxError):
        await play(session, "go")
    assert "could not be recorded" in user_words(session.history)[1]
    assert session.history.steps == 3
    ended = logged(session)[-1]
    assert isinstance(ended, TurnEnded) and ended.reason == "failed"
    assert rebuilt(session).messages == session.history.messages
    await session.close()


async def test_a_compaction_leaves_the_whole_history_in_both_places(tmp_path: Path, snapshot: Snapshot) -> None:
    full = Usage(prompt_tokens=70_000, completion_tokens=10)
    model = ScriptedModel(said(bash("echo needle"), usage=full), answer("Decided: nothing."))
    session, sandbox = await begun(tmp_path, snapshot, model)
    archive = f"{sandbox.home}/archive/001.md"
    model.will(bash(f"grep -c needle {archive}"), finish())
    await play(session, "go")
    assert results(session.history)[0].split()[0] in "23456789"
    assert "needle" in (session.folder / "archive" / "001.md").read_text()
    assert archive in user_words(session.history)[0]
    assert rebuilt(session).messages == session.history.messages
    await session.close()


async def test_no_reply_may_be_longer_than_a_quarter_of_the_context(tmp_path: Path, snapshot: Snapshot) -> None:
    model = ScriptedModel(answer("ok"), context_length=8000)
    session, _ = await begun(tmp_path, snapshot, model, sampling=Sampling(max_tokens=32_768))
    await play(session, "go")
    assert model.requests[0].sampling.max_tokens == 2000
    await session.close()


@pytest.mark.usefixtures("session")
async def test_a_session_in_use_is_not_resumed(tmp_path: Path, snapshot: Snapshot) -> None:
    with pytest.raises(SessionError, match="in use"):
        await resumed(tmp_path, snapshot, ScriptedModel())


async def test_a_call_that_ran_before_a_crash_in_the_program_is_answered(
    session: Session, model: ScriptedModel
) -> None:
    model.will(bash("echo 1 >c.txt"), finish())
    with pytest.raises(ZeroDivisionError):
        await play(session, "go", lambda e: 1 // 0 if isinstance(e, ToolStarted) else None)
    assert rebuilt(session).open_calls == ()
    assert isinstance(logged(session)[-1], TurnEnded)
    assert only(logged(session), ToolFinished)
