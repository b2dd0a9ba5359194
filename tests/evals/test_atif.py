"""Trajectories in ATIF: complete, and as the format's own rules want them."""

import json
from pathlib import Path

import pytest
from atif_rules import check
from sessions_of_calls import session, shell
from typer.testing import CliRunner
from written_runs import WrittenRun, instance

from agent.cli.app import app
from agent.events import Replied, ToolFinished
from agent.export import export
from agent.log import SessionLog, read_records

ROOT = Path(__file__).parents[2]


def test_a_real_session_becomes_a_valid_trajectory_with_every_word(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes((ROOT / "demo" / "session.jsonl").read_bytes())
    trajectory = json.loads(export(tmp_path, "atif"))
    check(trajectory)
    events = [record.event for record in read_records(tmp_path / "events.jsonl")[0]]
    replies = [event for event in events if isinstance(event, Replied)]
    turns = [step for step in trajectory["steps"] if step["source"] == "agent"]
    assert [turn.get("reasoning_content", "") for turn in turns] == [
        reply.message.reasoning_content for reply in replies
    ]
    told = [result["content"] for turn in turns for result in turn.get("observation", {}).get("results", [])]
    assert told == [event.message.content for event in events if isinstance(event, ToolFinished)]
    sums = trajectory["final_metrics"]
    assert sums["total_steps"] == len(trajectory["steps"])
    assert sums["total_completion_tokens"] == sum(turn["metrics"]["completion_tokens"] for turn in turns)
    assert [tool["function"]["name"] for tool in trajectory["agent"]["tool_definitions"]][:1] == ["bash"]


def test_a_run_is_exported_a_file_a_counted_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMOSA_STATE_DIR", str(tmp_path))
    run = WrittenRun(tmp_path / "runs" / "20261128-120000-abcd", (instance("a__a-1"), instance("a__a-2")))
    folder = run.folder.session("a__a-1", 1, 1)
    folder.mkdir(parents=True)
    log = SessionLog.create(folder)
    log.copy(session(shell("ls")))
    log.close()
    run.solve("a__a-1")
    run.solve("a__a-2")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["eval", "export", "last", "--atif", str(out)])
    assert done.exit_code == 0, done.output
    assert [file.name for file in out.iterdir()] == ["a__a-1.1.json"]
    assert "1 trajectory; 1 sample without a readable session left out" in done.output
    check(json.loads((out / "a__a-1.1.json").read_text()))
    nothing = CliRunner().invoke(app, ["eval", "export", "zzz", "--atif", str(out)])
    assert nothing.exit_code == 2
