"""`mimosa status` says what it can see of an endpoint that somebody else looks after."""

import json
import os
import subprocess
import sys
from pathlib import Path

from model_server import ModelServer


def status(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent.cli", "status", *words],
        env={**os.environ, "MIMOSA_STATE_DIR": str(state), "XDG_CONFIG_HOME": str(state)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_server_that_tells_much(tmp_path: Path) -> None:
    (tmp_path / "mimosa/profiles").mkdir(parents=True)
    with ModelServer() as server:
        (tmp_path / "mimosa/profiles/far.toml").write_text(f'base_url = "{server.url}"\n')
        server.routes["/v1/loads"] = json.dumps(
            {"version": "0.5.23", "loads": [{"num_running_reqs": 2, "num_waiting_reqs": 0}]}
        )
        server.routes["/server_info"] = json.dumps(
            {"version": "0.5.23", "model_path": "x", "tp_size": 8, "tool_call_parser": "mimo"}
        )
        shown, told = status(tmp_path, "--profile", "far"), status(tmp_path, "--profile", "far", "--json")
    assert shown.returncode == told.returncode == 0, shown.stderr
    assert "answers  (profile far)" in shown.stdout
    assert "serves mimo-v2-flash (262,144 tokens)" in shown.stdout
    assert "sglang 0.5.23, 8 GPUs, no drafts, parsers mimo" in shown.stdout
    assert "requests: 2 running, 0 waiting" in shown.stdout
    (seen,) = json.loads(told.stdout)
    assert (seen["kind"], seen["state"], seen["facts"]["gpus"]) == ("endpoint", "answers", 8)


def test_a_hosted_one_that_tells_little(tmp_path: Path) -> None:
    with ModelServer() as server:
        done = status(tmp_path, "--base-url", server.url)
    assert done.returncode == 0
    assert "it tells nothing of its load" in done.stdout


def test_one_that_does_not_answer(tmp_path: Path) -> None:
    done = status(tmp_path, "--base-url", "http://127.0.0.1:9/v1")
    assert done.returncode == 75
    assert "does not answer  (the command line)" in done.stdout
    assert "no connection" in done.stdout
