"""What a plan makes of the GPUs that the driver shows: few, mixed, taken, hidden, or none."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer

DRIVER = Path(__file__).parent / "driver"
H200 = "H200:143771:500"


def mimosa(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent.cli", *words],
        env={**os.environ, "PYTHONPATH": str(DRIVER), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def plan(gpus: str, *words: str, **variables: str) -> dict[str, Any]:
    done = mimosa("serve", "--plan", "--json", *words, GPUS=gpus, **variables)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_gpus_are_found_through_the_driver() -> None:
    found = plan(",".join([H200] * 8))
    assert (found["verdict"], found["gpus"]["name"], found["gpus"]["per_node"], found["tp"]) == (
        "fits",
        "H200",
        8,
        8,
    )
    assert found["memory_per_gpu"]["taken"] == 0, "an idle card's few hundred MiB are the driver's"


def test_too_few_are_told_with_what_is_missing() -> None:
    found = plan(H200)
    assert found["verdict"] == "no"
    assert "GiB a GPU are missing" in found["headline"]
    assert {each["kind"] for each in found["remedies"]} & {"gpus", "model"}


def test_two_kinds_are_refused_unless_one_is_shown_alone() -> None:
    mixed = ",".join([*["H100:81559:0"] * 2, *[H200] * 4])
    done = mimosa("serve", "--plan", GPUS=mixed)
    assert done.returncode == 2
    assert "H100, H200" in done.stderr
    assert "CUDA_VISIBLE_DEVICES" in done.stderr
    found = plan(mixed, CUDA_VISIBLE_DEVICES="2,3,4,5")
    assert (found["gpus"]["name"], found["tp"], found["verdict"]) == ("H200", 4, "fits")


def test_memory_that_another_process_holds_is_counted_and_named() -> None:
    found = plan(",".join([*[H200] * 3, "H200:143771:81920"]))
    assert found["memory_per_gpu"]["taken"] == 81_920 << 20
    assert found["verdict"] == "no"
    assert any("stop what holds 80.0 GiB" in each["text"] for each in found["remedies"])


@pytest.mark.parametrize(("wanted", "count"), [("0,1", 2), ("GPU-1", 1), ("0,9,1", 1), ("0", 1)])
def test_only_what_cuda_will_show_is_planned_for(wanted: str, count: int) -> None:
    found = plan(",".join([H200] * 4), "--profile", "mimo-7b-rl", CUDA_VISIBLE_DEVICES=wanted)
    assert found["gpus"]["per_node"] == count


@pytest.mark.parametrize(("gpus", "hidden"), [("", "0"), (H200, "")])
def test_no_gpu_is_worth_another_machine(gpus: str, hidden: str) -> None:
    done = mimosa("serve", "--plan", GPUS=gpus, CUDA_VISIBLE_DEVICES=hidden)
    assert done.returncode == 75
    assert "--gpus 8xH200" in done.stderr


def test_cards_without_nvlink_are_said_to_be_slower_together() -> None:
    found = plan("L4:23034:0,L4:23034:0", "--profile", "mimo-7b-rl")
    assert any("no NVLink" in each for each in found["cautions"])


def test_top_shows_memory_load_and_power() -> None:
    with ModelServer() as server:
        server.routes["/v1/loads"] = json.dumps({"version": "0.5.23", "loads": [{"num_running_reqs": 1}]})
        done = mimosa("top", "--once", "--json", "--base-url", server.url, GPUS="H200:143771:1000,L4:23034:5")
    first, second = json.loads(done.stdout)["gpus"]
    assert (first["name"], first["watts"], first["busy"], first["joules"]) == ("H200", 523.0, 0.87, 7200.0)
    assert second["watts"] is None
