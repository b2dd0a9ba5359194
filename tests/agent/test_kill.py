"""`kill -9` at each event: what was shown is in the log, and the session goes on from there to its end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from killed_session import REPLIES, TASK, reply
from scripted import end
from sessions import make_snapshot, play, resumed

from agent.events import Record, ToolFinished
from agent.history import History
from agent.log import read_log
from model_runtime.replay import Replay
from sandbox.base import Sandbox
from sandbox.workspace.snapshot import Snapshot

ROOT = Path(__file__).parents[2]
FINISH_AGAIN = reply(5, ("finish", '{"summary": "it is right"}'))
"""What a model would say whose first `finish` was interrupted."""
EVENTS = 21
"""Logged events of the whole session; the test of the last one finds out if there are more."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_snapshot(tmp_path_factory.mktemp("snapshot"))


def killed_at(number: int, folder: Path, snapshot: Snapshot) -> list[str]:
    """The lines shown until the process died."""
    program = [
        sys.executable,
        Path(__file__).with_name("killed_session.py"),
        folder,
        snapshot.archive,
        str(number),
    ]
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, env=paths, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    return done.stdout.splitlines()


def finished(records: Sequence[Record]) -> list[ToolFinished]:
    return [record.event for record in records if isinstance(record.event, ToolFinished)]


@pytest.mark.parametrize("number", range(EVENTS))
def test_no_event_is_lost_and_the_session_goes_on(number: int, tmp_path: Path, snapshot: Snapshot) -> None:
    shown = killed_at(number, tmp_path, snapshot)
    before = read_log(tmp_path / "session")
    assert [json.loads(line) for line in shown] == [json.loads(r.event.model_dump_json()) for r in before[1:]][
        : len(shown)
    ]
    assert len(shown) == number
    asyncio.run(check_that_it_goes_on(before, tmp_path, snapshot))


async def check_that_it_goes_on(before: tuple[Record, ...], folder: Path, snapshot: Snapshot) -> None:
    session, sandbox = await resumed(folder, snapshot, Replay.of((*REPLIES, FINISH_AGAIN)))
    for event in finished(before):
        await check_effect(event, sandbox)
    if "finish" not in [event.call.name for event in finished(before)]:
        assert end(await play(session, "" if session.begun else TASK)).reason == "finished"
    after = read_log(folder / "session")
    assert after[: len(before)] == before
    assert [record.n for record in after] == list(range(len(after)))
    assert History.of(after[0].event, [record.event for record in after]).messages == session.history.messages  # type: ignore[arg-type]
    await session.close()


async def check_effect(event: ToolFinished, sandbox: Sandbox) -> None:
    """What a call that is logged as done wrote is there again."""
    arguments = json.loads(event.call.arguments)
    match event.call.name:
        case "bash":
            assert await sandbox.read(arguments["command"].split(">")[1][:5]) == b"x\n"
        case "str_replace":
            assert await sandbox.read("a.txt") == b"uno\n"


def test_there_are_no_more_events_than_are_tried(tmp_path: Path, snapshot: Snapshot) -> None:
    program = [sys.executable, Path(__file__).with_name("killed_session.py"), tmp_path, snapshot.archive, "-1"]
    subprocess.run(program, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, check=True)
    assert len(read_log(tmp_path / "session")) == EVENTS
