"""Resume and fork: the same words, the same files, and a model that knows what it lost."""

import asyncio
from pathlib import Path

import pytest
from scripted import ScriptedModel, answer, bash, call, calls, end, finish, kind, results, said, user_words
from sessions import ABOUT, begun, make_snapshot, means_for, play, resumed
from test_log import SAID, started

from agent.errors import SessionError
from agent.events import CheckpointMade, Event, SessionForked, SessionStarted, ToolFinished, ToolOutput, TurnEnded
from agent.fork import fork_session
from agent.log import read_log
from agent.session import Session
from agent.store import SessionStore
from model_runtime.base import Usage
from model_runtime.replay import Replay
from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from sandbox.errors import SandboxDied, SandboxError
from sandbox.images.engine import connect
from sandbox.local import LocalSandbox
from sandbox.workspace.snapshot import Snapshot, take_snapshot
from tools.standard import standard_tools
from tools.toolbox import Toolbox

EDITS = (
    "printf 'one\\r\\nlines\\r\\n' >a.txt; mkdir 'a folder'; echo ü >'a folder/ü.txt'",
    "head -c 5000 /dev/urandom >image.bin; ln -s a.txt link; chmod +x b.txt",
    "git mv b.txt moved.txt; rm -f missing",
)
TREE = (
    "find . -path ./.git -prune -o -printf '%p %l %M\\n' | sort;"
    "find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum"
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_snapshot(tmp_path_factory.mktemp("snapshot"))


async def test_files_and_words_are_as_they_were(tmp_path: Path, snapshot: Snapshot) -> None:
    model = ScriptedModel(*map(bash, EDITS), answer("so far"))
    session, sandbox = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    before, tree = session.history.messages, (await sandbox.run(TREE)).output
    await session.close()

    model.will(bash("cat a.txt"), finish())
    again, sandbox = await resumed(tmp_path, snapshot, model)
    assert (await sandbox.run(TREE)).output == tree
    assert again.history.messages[: len(before)] == before
    events = await play(again, "go on")
    assert kind(events)[:3] == ["session_resumed", "user_said", "user_said"]
    assert "processes" in user_words(again.history)[-2]
    assert end(events).reason == "finished"
    await again.close()


async def test_the_patch_stays_the_one_since_the_start(tmp_path: Path, snapshot: Snapshot) -> None:
    model = ScriptedModel(bash("echo 1 >c.txt"), answer("so far"))
    session, _ = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    await session.close()
    for number in (2, 3):
        model.will(bash(f"echo {number} >>c.txt"), answer("so far"))
        session, _ = await resumed(tmp_path, snapshot, model)
        await play(session)
        await session.close()
    made = [r.event for r in read_log(tmp_path / "session") if isinstance(r.event, CheckpointMade)]
    assert [event.patch[-10:] for event in made] == ["0000.patch", "0001.patch", "0002.patch"]
    assert b"+1\n+2\n+3\n" in (tmp_path / "session" / made[-1].patch).read_bytes()


async def test_a_call_without_a_result_is_answered(tmp_path: Path, snapshot: Snapshot) -> None:
    """The log ends with a reply and one of its two results, as after a kill."""
    model = ScriptedModel(calls(call("bash", command="echo 1"), call("bash", command="echo 2")), answer("ok"))
    session, _ = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    await session.close()
    path = tmp_path / "session" / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    cut = next(index for index, line in enumerate(lines) if b'"tool_finished"' in line) + 1
    path.write_bytes(b"".join(lines[:cut]))

    model.will(finish())
    session, _ = await resumed(tmp_path, snapshot, model)
    assert results(session.history)[0].startswith("1\n")
    assert results(session.history)[1].startswith("Interrupted")
    assert end(await play(session)).reason == "finished"
    await session.close()


async def test_the_head_is_the_one_the_session_began_with(tmp_path: Path, snapshot: Snapshot) -> None:
    model = ScriptedModel(answer("ok"), answer("ok"))
    session, _ = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    await session.close()
    sandbox = LocalSandbox(tmp_path / "another", snapshot)
    await sandbox.start()
    means = means_for(model, sandbox, toolbox=Toolbox(standard_tools()[:2], sandbox))
    session = await Session.resume(tmp_path / "session", means)
    await play(session, "again")
    first, second = model.requests
    assert second.tools == first.tools != ()
    assert second.messages[: len(first.messages)] == first.messages
    await session.close()


async def test_archives_of_earlier_compactions_are_there_again(tmp_path: Path, snapshot: Snapshot) -> None:
    full = Usage(prompt_tokens=70_000, completion_tokens=10)
    model = ScriptedModel(said(bash("echo needle"), usage=full), answer("Decided: nothing."), answer("so far"))
    session, _ = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    before = session.history.messages
    await session.close()
    session, sandbox = await resumed(tmp_path, snapshot, model)
    assert session.history.messages[: len(before)] == before
    archive = f"{sandbox.home}/archive/001.md"
    assert b"needle" in await sandbox.read(archive)
    model.will(answer("ok"))
    await play(session)
    assert archive in user_words(session.history)[-1]
    await session.close()


async def test_a_session_with_a_compaction_can_be_played_back(tmp_path: Path, snapshot: Snapshot) -> None:
    full = Usage(prompt_tokens=70_000, completion_tokens=10)
    model = ScriptedModel(said(bash("echo 1 >c.txt"), usage=full), answer("Decided: c.txt."), bash("ls"), finish())
    session, _ = await begun(tmp_path, snapshot, model)
    events = await play(session, "go")
    await session.close()
    (tmp_path / "again").mkdir()
    session, _ = await begun(tmp_path / "again", snapshot, Replay(tmp_path / "session" / "events.jsonl"))
    assert kind(await play(session, "go")) == kind(events)
    await session.close()


async def test_another_workspace_is_not_taken_for_the_sessions_own(tmp_path: Path, snapshot: Snapshot) -> None:
    model = ScriptedModel(bash("echo 2 >>a.txt"), answer("so far"))
    session, _ = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    await session.close()
    (tmp_path / "other").mkdir()
    repository = snapshot.root
    (repository / "a.txt").write_text("something else\n")
    other = take_snapshot(repository, tmp_path / "other.tar", uid=0, gid=0)
    (repository / "a.txt").write_text("one\n")
    with pytest.raises((SandboxError, SessionError)):
        await resumed(tmp_path, other, model)
    session, _ = await resumed(tmp_path, snapshot, model)
    await session.close()


async def test_a_lost_patch_is_told(tmp_path: Path, snapshot: Snapshot) -> None:
    model = ScriptedModel(bash("echo 2 >>a.txt"), answer("so far"))
    session, _ = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    await session.close()
    (tmp_path / "session" / "checkpoints" / "0000.patch").unlink()
    with pytest.raises(SessionError, match=r"0000\.patch cannot be read"):
        await resumed(tmp_path, snapshot, model)


async def test_a_fork_goes_its_own_way(tmp_path: Path, snapshot: Snapshot) -> None:
    store = SessionStore(tmp_path / "state")
    model = ScriptedModel(bash("echo 1 >c.txt"), bash("echo 2 >c.txt"), answer("so far"))
    session, _ = await begun(tmp_path, snapshot, model)
    events = await play(session, "go")
    logged = [event for event in events if event.logged]
    cut = next(number for number, event in enumerate(logged, start=1) if isinstance(event, ToolFinished))
    fork = fork_session(store, session.folder, cut)
    records = [record.event for record in read_log(fork)]
    assert isinstance(records[0], SessionStarted) and records[0].session == fork.name
    assert records[-1] == SessionForked(parent=session.id)

    fork.rename(tmp_path / "forked")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "forked").rename(tmp_path / "elsewhere" / "session")
    model.will(bash("cat c.txt"), finish())
    forked, _ = await resumed(tmp_path / "elsewhere", snapshot, model)
    await play(forked)
    assert results(forked.history)[1].startswith("1\n")
    assert (session.folder / "checkpoints" / "0001.patch").exists()
    await session.close()
    await forked.close()


def test_a_fork_beyond_the_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    started(tmp_path / "one", SAID).close()
    with pytest.raises(SessionError, match="has 2 events"):
        fork_session(SessionStore(tmp_path), tmp_path / "one", 3)
    assert len(read_log(fork_session(SessionStore(tmp_path), tmp_path / "one"))) == 3


async def test_a_session_that_is_only_looked_at_is_told_nothing(tmp_path: Path, snapshot: Snapshot) -> None:
    """Its patch may be verified again: how its last turn ended is still the last word."""
    session, _ = await begun(tmp_path, snapshot, ScriptedModel(finish()))
    await play(session, "go")
    await session.close()
    session, _ = await resumed(tmp_path, snapshot, ScriptedModel())
    await session.close()
    assert [record.event.type for record in read_log(session.folder)][-2:] == ["turn_ended", "session_resumed"]


@pytest.mark.docker
async def test_a_killed_container_costs_nothing_that_was_recorded(tmp_path: Path, base_image: str) -> None:
    repository = make_snapshot(tmp_path).root
    archive = tmp_path / "for-docker.tar"
    options = DockerOptions(base_image)
    snapshot = take_snapshot(repository, archive, uid=options.uid, gid=options.gid)
    sandbox = DockerSandbox(options, snapshot)
    await sandbox.start()
    (tmp_path / "session").mkdir()
    model = ScriptedModel(bash("echo 1 >c.txt"), bash("echo 2 >c.txt; while echo; do sleep 1; done"))
    session = await Session.create(tmp_path / "session", means_for(model, sandbox), ABOUT)
    killing: list[asyncio.Task[None]] = []

    def kill_at_output(event: Event) -> None:
        if isinstance(event, ToolOutput) and all(each.done() for each in killing):  # again, if the engine was busy
            killing.append(asyncio.create_task(asyncio.to_thread(kill, sandbox.container)))

    with pytest.raises(SandboxDied):
        await play(session, "go", kill_at_output)
    await session.close()
    ended = read_log(session.folder)[-1].event
    assert isinstance(ended, TurnEnded) and ended.reason == "failed"

    sandbox = DockerSandbox(options, snapshot)
    await sandbox.start()
    model.will(bash("cat c.txt"), finish())
    session = await Session.resume(tmp_path / "session", means_for(model, sandbox))
    assert end(await play(session)).reason == "finished"
    assert results(session.history)[1].startswith("The sandbox died")
    assert results(session.history)[2].startswith("1\n")
    await session.close()


def kill(container: str) -> None:
    client = connect()
    client.containers.get(container).kill()
    client.close()


async def test_a_process_that_goes_on_writing_does_not_spoil_a_checkpoint(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    writing = bash("(while :; do echo x >>tick; done) >/dev/null 2>&1 & sleep 0.2")
    model = ScriptedModel(writing, bash("wc -l <tick"), bash("wc -l <tick"), answer("so far"), answer("again"))
    session, _ = await begun(tmp_path, snapshot, model)
    await play(session, "go")
    first, second = (int(result.split()[0]) for result in results(session.history)[1:])
    assert second > first, "it does go on"
    await session.close()
    session, _ = await resumed(tmp_path, snapshot, model)  # each patch leads to the files that its event names
    assert end(await play(session)).reason == "answered"
    await session.close()
