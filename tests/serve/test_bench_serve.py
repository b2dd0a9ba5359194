"""`mimosa bench serve` replays recorded sessions on any endpoint, and measures what came of them."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from model_server import ModelServer, Reply
from serving_machine import LIMIT_S, Machine

from agent.bench.figures import level_of
from agent.bench.measure import ServerBench
from agent.bench.recording import SHIPPED, read_recording
from agent.bench.replay import Replayed, Timed
from agent.bench.report import remarks
from agent.serving.without import plain_command
from model_runtime.base import Sampling, Usage
from model_runtime.metrics.base import Counters, Reading
from model_runtime.serving.local.launch import launch
from model_runtime.serving.local.ready import wait_ready

ANSWER = Reply(
    reasoning="Let me see.", content="The answer is here.", usage={"prompt_tokens": 100, "completion_tokens": 20}
)


def bench(*words: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent.cli", "bench", "serve", *words],
        env={**os.environ, "MIMOSA_STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        timeout=3 * LIMIT_S,
    )


def test_a_recorded_session_is_asked_again_request_by_request() -> None:
    steps = read_recording(SHIPPED).steps
    assert len(steps) == 8
    for before, after in pairwise(steps):
        assert after.request.messages[: len(before.request.messages)] == before.request.messages
    assert steps[0].request.tools
    assert steps[0].written == 152


def test_each_replay_has_a_first_line_of_its_own_and_keeps_its_prefix() -> None:
    one, other = (read_recording(SHIPPED).marked(mark, Sampling(max_tokens=100)) for mark in ("A.", "B."))
    assert one.steps[0].request.messages[0] != other.steps[0].request.messages[0]
    assert one.steps[1].request.messages[0] == one.steps[0].request.messages[0]
    assert one.steps[0].request.sampling.max_tokens == 100
    assert one.steps[1].request.sampling.max_tokens == 73


def test_levels_turns_and_a_compaction_are_measured(tmp_path: Path) -> None:
    with ModelServer() as server:
        server.will(*[ANSWER] * 20)
        done = bench(
            *("--base-url", server.url, "--sessions", "1", "--sessions", "2", "--steps", "2", "--json"),
            *("--out", str(tmp_path / "page.md")),
            state=tmp_path / "state",
        )
        asked = [request.json for request in server.asked]
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert [level["sessions"] for level in found["levels"]] == [1, 2]
    assert [level["requests"] for level in found["levels"]] == [2, 4]
    assert found["levels"][0]["first_s"] > 0
    assert len(found["turns"]) == 2
    assert found["compaction"]["written"] == 20
    assert len(asked) == 1 + 2 + 4 + 2 + 2, "warm-up, two levels, one alone, the summary and what follows it"
    heads = {request["messages"][0]["content"].splitlines()[0] for request in asked}
    assert len(heads) == 1 + 1 + 2 + 1
    assert (tmp_path / "page.md").read_text().startswith("# Serving, measured\n")


def test_two_endpoints_are_compared_side_by_side(tmp_path: Path) -> None:
    with ModelServer() as server, ModelServer() as other:
        server.will(*[ANSWER] * 9)
        other.will(*[ANSWER] * 9)
        done = bench(
            *("--base-url", server.url, "--against", other.url, "--sessions", "1", "--steps", "1"), state=tmp_path
        )
    assert done.returncode == 0, done.stderr
    assert "the other" in done.stdout
    assert "1 side by side: server decodes" in done.stdout


def test_figures_are_what_was_counted() -> None:
    def timed(first: float, whole: float, cached: int) -> Timed:
        return Timed(Usage(prompt_tokens=100, completion_tokens=11, cached_tokens=cached), first, whole)

    replayed = Replayed(((timed(0.1, 1.1, 0), timed(0.3, 2.3, 90)), (timed(0.2, 1.2, 60),)), wall_s=3.3)
    readings = (Reading(0, counters=Counters(0, 0, 0, 0)), Reading(1, counters=Counters(300, 150, 33, 10)))
    level = level_of(replayed, *readings)
    assert (level.sessions, level.requests, level.first_s, level.first_p90_s) == (2, 3, 0.2, 0.3)
    assert (level.decode, level.total, level.acceptance, level.hit_rate) == (10.0, 10.0, 3.3, 0.5)
    measured = ServerBench(
        name="s", server="sglang", speculation="EAGLE", gpus=8, levels=(level,), turns=(), compaction=None
    )
    assert "s: acceptance 3.30 tokens a step, within the report's 3 to 3.6 (3.2 on code)" in list(
        remarks([measured])
    )


def test_the_drafts_flags_are_taken_out_with_their_values() -> None:
    command = ("python", "-m", "x", "--tp-size", "8", "--speculative-num-steps", "3", "--enable-metrics")
    assert plain_command(command) == ("python", "-m", "x", "--tp-size", "8", "--enable-metrics")


def test_this_machine_s_server_is_measured_with_and_without_drafts(machine: Machine) -> None:
    first, _ = launch(machine.servers, machine.order(machine.python()))
    wait_ready(machine.servers, first, limit_s=LIMIT_S, report=lambda _: None, poll_s=0.05)
    done = bench("--compare", "--sessions", "1", "--steps", "1", state=machine.state)
    assert done.returncode == 0, done.stderr
    assert "with drafts" in done.stdout
    assert "without drafts" in done.stdout
    assert machine.instance().command == first.command, "it is started as it was"
    assert done.stderr.count("ready (100%)") == 2, "once without, once as before"


def test_a_file_that_is_no_session_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n')
    done = bench("--recording", str(tmp_path / "x.jsonl"), "--base-url", "http://127.0.0.1:1/v1", state=tmp_path)
    assert done.returncode == 2
    assert "x.jsonl" in done.stderr
