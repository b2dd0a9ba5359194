"""`mimosa doctor`: what a person and a program are told, and the exit code."""

import json
import os
import socket
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from endpoints import altered, good, without_tool_parser
from model_server import ModelServer

MANY = 20
SERVE = Path(__file__).parents[1] / "serve"
STANDIN = SERVE / "standin"
LIMIT_S = 100


@dataclass(frozen=True)
class Home:
    """A user with nothing set up."""

    path: Path

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MIMOSA_")}
        own = {"HOME": str(self.path), "XDG_CONFIG_HOME": str(self.path / "config"), "COLUMNS": "100"}
        state = {"MIMOSA_STATE_DIR": str(self.path / "state"), "HF_HOME": str(self.path / "hub")}
        return subprocess.run(
            [sys.executable, "-m", "agent.cli", "doctor", *words],
            env={**kept, **own, **state, **variables},
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )

    def findings(self, *words: str, **variables: str) -> tuple[dict[str, dict[str, Any]], int]:
        done = self.run("--json", *words, **variables)
        assert not done.stderr, done.stderr
        told = json.loads(done.stdout)
        assert told["works"] == (done.returncode == 0)
        return {each["subject"]: each for each in told["findings"]}, done.returncode


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_with_a_good_endpoint_and_no_docker_needed_a_session_would_work(home: Home) -> None:
    with ModelServer(*[good] * MANY) as server:
        found, code = home.findings("--base-url", server.url, "--sandbox", "local")
    assert code == 0, found
    assert found["tool call"]["verdict"] == "right"
    assert found["Docker"]["verdict"] == "note", "commands without isolation are worth a word"
    assert found["SGLang"]["verdict"] == "skipped", "an endpoint needs none"


def test_the_endpoint_of_a_profile_is_asked(home: Home) -> None:
    profiles = home.path / "config" / "mimosa" / "profiles"
    profiles.mkdir(parents=True)
    with ModelServer(*[good] * MANY) as server:
        (profiles / "ours.toml").write_text(f'description = "ours"\nbase_url = "{server.url}"\n')
        found, code = home.findings("--profile", "ours", "--sandbox", "local")
    assert code == 0, found
    assert server.url in found["endpoint"]["said"]
    assert found["profile"]["said"] == "ours: ours"


def test_a_profile_that_does_not_exist_is_told_with_those_that_do(home: Home) -> None:
    found, code = home.findings("--profile", "mimo-v3", "--sandbox", "local")
    assert code == 1
    assert "mimo-v2-flash" in found["configuration"]["said"]


def test_a_wrong_parser_ends_with_1_and_a_command(home: Home) -> None:
    with ModelServer(*[altered(without_tool_parser)] * MANY) as server:
        done = home.run("--base-url", server.url, "--sandbox", "local")
    assert done.returncode == 1
    assert "it comes as text in the content" in done.stdout
    assert "> mimosa stop && mimosa serve (started otherwise: " in done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 things are wrong")


def test_with_neither_gpus_nor_an_endpoint_the_choices_are_told_once(home: Home) -> None:
    found, code = home.findings("--sandbox", "local", MIMOSA_MODEL_FALLBACK="none")
    if found["GPUs"]["verdict"] == "right":
        pytest.skip("this machine has GPUs")
    assert code == 1
    assert [name for name, each in found.items() if each["verdict"] == "wrong"] == ["GPUs"]
    assert "--base-url" in found["GPUs"]["mend"]


def test_an_engine_that_does_not_answer_is_wrong_and_named(home: Home) -> None:
    with ModelServer(*[good] * MANY) as server:
        found, code = home.findings("--base-url", server.url, DOCKER_HOST=f"unix://{home.path}/no.sock")
    assert code == 1
    assert found["Docker"]["verdict"] == "wrong"
    assert "DOCKER_HOST" in found["Docker"]["mend"]
    assert found["base image"]["verdict"] == "skipped"


def test_a_broken_configuration_is_told_and_the_rest_is_looked_at(home: Home) -> None:
    found, code = home.findings(MIMOSA_LIMITS_STEPS="many", DOCKER_HOST=f"unix://{home.path}/no.sock")
    assert code == 1
    assert (
        "limits.steps" in found["configuration"]["said"] or "MIMOSA_LIMITS_STEPS" in found["configuration"]["said"]
    )
    assert found["git"]["verdict"] == "right"


def sglang_python(home: Home) -> str:
    """An interpreter with the stand-in for SGLang."""
    path = home.path / "python"
    path.write_text(f'#!/bin/sh\nPYTHONPATH={STANDIN} exec {sys.executable} "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_before_a_server_is_started_sglang_the_weights_and_the_port_are_looked_at(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found, _ = home.findings(
            *("--sandbox", "local", "--python", sglang_python(home)),
            MIMOSA_SERVE_GPUS="1x24GB",
            MIMOSA_SERVE_PROFILE="mimo-7b-rl",
            MIMOSA_SERVE_PORT=str(taken.getsockname()[1]),
        )
    assert found["SGLang"]["said"].startswith("0.5.23 at ")
    assert found["GPUs"]["verdict"] == found["model"]["verdict"] == "right"
    assert found["weights"]["verdict"] in ("note", "wrong"), "nothing was downloaded"
    assert found["port"]["verdict"] == "wrong"
    assert "serve.port" in found["port"]["mend"] or "--port" in found["port"]["mend"]


def test_the_gpus_are_told_with_their_driver_and_what_others_hold(home: Home) -> None:
    variables = {
        "PYTHONPATH": str(SERVE / "driver"),
        "GPUS": "L4:23034:2048",
        "MIMOSA_SERVE_PROFILE": "mimo-7b-rl",
    }
    found, _ = home.findings("--sandbox", "local", "--python", sglang_python(home), **variables)
    assert found["GPUs"]["said"] == "1x L4, 22 GiB each, 2 GiB of each taken, driver 570.133.20"


def test_a_disk_without_room_is_wrong(home: Home) -> None:
    state = home.path / "state"
    state.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(state)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a file system")
    try:
        found, code = home.findings("--sandbox", "local", "--model", "replay:session.jsonl")
    finally:
        subprocess.run(["umount", str(state)], check=True)
    assert code == 1
    assert found["disk, sessions"]["verdict"] == "wrong"
    assert found["disk, sessions"]["said"].startswith("0.0 GB free")
    assert "MIMOSA_STATE_DIR" in found["disk, sessions"]["mend"]


def test_without_sglang_the_commands_that_install_it_are_told(home: Home) -> None:
    found, code = home.findings(
        "--sandbox", "local", MIMOSA_SERVE_GPUS="1x24GB", MIMOSA_SERVE_PROFILE="mimo-7b-rl"
    )
    assert code == 1
    assert "pip install 'sglang==0.5.23'" in found["SGLang"]["mend"]


def test_a_model_that_does_not_fit_is_wrong(home: Home) -> None:
    found, _ = home.findings("--sandbox", "local", MIMOSA_SERVE_GPUS="1x24GB")
    assert found["model"]["verdict"] == "wrong"
    assert "does not fit" in found["model"]["said"]


def test_a_recording_needs_no_endpoint(home: Home) -> None:
    found, code = home.findings("--sandbox", "local", "--model", "replay:session.jsonl")
    assert code == 0
    assert found["endpoint"]["verdict"] == "skipped"


def test_no_line_is_cut_and_a_terminal_without_the_signs_gets_letters(home: Home) -> None:
    done = home.run("--sandbox", "local", "--model", "replay:x", PYTHONIOENCODING="ascii", COLUMNS="40")
    assert "✓" not in done.stdout
    assert "ok Python" in done.stdout
    assert "would work" in done.stdout


@pytest.mark.docker
def test_docker_is_looked_at_by_running_a_command_in_it(home: Home, base_image: str) -> None:
    found, code = home.findings("--model", "replay:session.jsonl")
    assert code == 0, found
    assert found["base image"]["said"] == base_image
    assert found["sandbox"]["verdict"] == "right"
    assert found["storage driver"]["said"]


@pytest.mark.docker
def test_a_runtime_that_the_engine_does_not_have_is_wrong(home: Home, base_image: str) -> None:  # noqa: ARG001
    found, code = home.findings("--model", "replay:session.jsonl", MIMOSA_SANDBOX_RUNTIME="no-such-runtime")
    assert code == 1
    assert found["gVisor"]["verdict"] == found["sandbox"]["verdict"] == "wrong"
