"""A run is killed with -9 again and again at random moments, and resumed: nothing is lost or counts twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from model_server import Call, ModelServer, Reply
from running_bench import assert_whole, verdicts
from tiny import GOLD, make_repository, tiny_instances

from evals.running.folder import RunFolder
from evals.running.reading import read_run

ROOT = Path(__file__).parents[2]
COMMAND = Path(__file__).with_name("tiny_command.py")
WRONG_PATCH = GOLD.replace("+right", "+almost right")
SEED = 20_261_128


def dataset(folder: Path, number: int) -> Path:
    """Instances of which every third has a patch that does not solve it."""
    repositories = [make_repository(folder / name) for name in ("a", "b", "c")]
    rows = [
        row.model_copy(update={"patch": WRONG_PATCH}) if index % 3 == 1 else row
        for index, row in enumerate(tiny_instances(repositories, number))
    ]
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{row.model_dump_json()}\n" for row in rows))
    return path


def start(home: Path, *arguments: str | Path) -> "subprocess.Popen[str]":
    variables = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(home), "MIMOSA_STATE_DIR": str(home / "state")}
    return subprocess.Popen(
        [sys.executable, str(COMMAND), *map(str, arguments)],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: "subprocess.Popen[str]", seconds: float) -> str:
    told, _ = process.communicate(timeout=seconds)
    assert process.returncode == 0, told
    return told


def kill_after(process: "subprocess.Popen[str]", journal: Path, lines: int, moment: float) -> bool:
    """Kill the process `moment` seconds after it has journalled so many lines more; False if it ended before."""
    before = journal.read_bytes().count(b"\n") if journal.exists() else 0
    while process.poll() is None:
        if journal.exists() and journal.read_bytes().count(b"\n") >= before + lines:
            time.sleep(moment)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize(
    ("instances", "kills"),
    [
        pytest.param(24, 6, marks=pytest.mark.timeout(300)),
        pytest.param(200, 20, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_killed_again_and_again_it_comes_to_the_undisturbed_runs_results(
    tmp_path: Path, instances: int, kills: int
) -> None:
    rows = dataset(tmp_path, instances)
    undisturbed, disturbed = RunFolder(tmp_path / "undisturbed"), RunFolder(tmp_path / "disturbed")
    finish(start(tmp_path, rows, "--model", "gold", "--output", undisturbed.path), 1800)
    chance = random.Random(SEED)
    killed = 0
    for number in range(kills):
        arguments = (
            ("--resume", disturbed.path) if number else (rows, "--model", "gold", "--output", disturbed.path)
        )
        process = start(tmp_path, *arguments)
        lines = chance.randrange(1, max(2, 3 * instances // kills))
        killed += kill_after(process, disturbed.journal, lines, chance.uniform(0, 0.2))
    assert killed >= kills - 1, "the run was to end by kills"
    finish(start(tmp_path, "--resume", disturbed.path), 1800)
    run = read_run(disturbed)
    assert_whole(run)
    expected = verdicts(read_run(undisturbed))
    assert verdicts(run) == expected
    assert set(expected.values()) == {True, False}
    assert len(run.starts) == kills + 1


def test_ctrl_c_saves_every_patch_and_says_how_to_go_on(tmp_path: Path) -> None:
    rows, folder = dataset(tmp_path, 12), RunFolder(tmp_path / "run")
    process = start(tmp_path, rows, "--model", "gold", "--output", folder.path)
    while process.poll() is None and not (folder.journal.exists() and b"graded" in folder.journal.read_bytes()):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert f"mimosa eval run --resume {folder.path}" in told
    run = read_run(folder)
    assert run.ended is not None
    assert run.ended.reason == "interrupted"
    assert {attempt.state for result in run.results for attempt in result.attempts} <= {
        "graded",
        "ungraded",
        "interrupted",
    }, "each attempt that had begun has an end"
    finish(start(tmp_path, "--resume", folder.path), 120)
    assert_whole(read_run(folder))


def stubborn(_request: dict[str, Any]) -> Reply:
    """A command that takes no notice of a polite request to end."""
    return Reply(calls=(Call("bash", {"command": "trap '' TERM; sleep 60; sleep 60"}),))


def test_a_second_ctrl_c_leaves_at_once_and_the_run_goes_on_from_there(tmp_path: Path) -> None:
    rows, folder = dataset(tmp_path, 1), RunFolder(tmp_path / "run")
    with ModelServer(*[stubborn] * 20) as server:
        process = start(tmp_path, rows, "--base-url", server.url, "--output", folder.path)
        session = folder.attempt("a__a-0", 1, 1) / "session" / "events.jsonl"
        while process.poll() is None and not (session.exists() and b"tool_started" in session.read_bytes()):
            time.sleep(0.05)
        time.sleep(1)  # for the command itself
        process.send_signal(signal.SIGINT)
        time.sleep(0.7)
        assert process.poll() is None, "ending in order takes longer: the command is killed after two seconds"
        process.send_signal(signal.SIGINT)
        second = time.monotonic()
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert "left at once" in told
    assert time.monotonic() - second < 1.5
    (result,) = read_run(folder).results
    assert result.state != "graded"
    finish(start(tmp_path, "--resume", folder.path, "--model", "gold"), 120)
    assert_whole(read_run(folder))
