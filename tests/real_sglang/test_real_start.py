"""`mimosa serve` starts the real server with the plan's own flags, and knows what it does."""

import json

import pytest
from asking import get, post
from cpu_server import FOR_A_CPU, CpuMachine
from sglang_cases import CASES, MODEL

from model_runtime.serving.card import Card
from model_runtime.serving.cards import family
from model_runtime.serving.command import SERVER
from model_runtime.serving.errors import LaunchRefused
from model_runtime.serving.gpus import parse_gpus
from model_runtime.serving.local.preflight import check_flags
from model_runtime.serving.local.progress import Phase, StartLog
from model_runtime.serving.plan import make_plan


def test_the_server_runs_with_the_profile_s_parsers_and_mtp(shared: CpuMachine) -> None:
    info = json.loads(get(shared, "/server_info"))
    expected = {
        "reasoning_parser": "mimo",
        "tool_call_parser": "mimo",
        "speculative_algorithm": "EAGLE",
        "speculative_num_steps": 3,
        "speculative_eagle_topk": 1,
        "speculative_num_draft_tokens": 4,
        "swa_full_tokens_ratio": 0.1,
        "enable_cache_report": True,
        "enable_metrics": True,
        "served_model_name": MODEL,
    }
    assert {key: info[key] for key in expected} == expected


def test_status_tells_that_it_is_ready_and_what_it_holds(shared: CpuMachine) -> None:
    done = shared.mimosa("status", "--json")
    (server,) = json.loads(done.stdout)
    assert done.returncode == 0
    assert (server["state"], server["sglang"], server["model"]) == ("ready", "0.5.23", MODEL)
    assert server["load"] == {"running": 0, "waiting": 0, "used": 0, "total": 65_536}


def test_a_second_call_finds_it(shared: CpuMachine) -> None:
    done = shared.serve("--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["base_url"] == shared.base_url
    assert "runs already" in done.stderr


def test_the_real_log_is_read_from_the_first_phase_to_ready(shared: CpuMachine) -> None:
    log, seen = StartLog(), list[Phase]()
    fractions: list[float] = []
    for line in (
        shared.servers.log_of(shared.instance().name).read_text(errors="replace").splitlines(keepends=True)
    ):
        progress = log.feed(line)
        fractions.append(progress.fraction)
        if progress.phase not in seen:
            seen.append(progress.phase)
    assert seen == [
        Phase.STARTING,
        Phase.LOADING,
        Phase.CACHE,
        Phase.DRAFTS,
        Phase.WARMING,
        Phase.READY,
    ]
    assert fractions == sorted(fractions)


def test_every_flag_of_every_plan_is_taken_by_the_real_parser(shared: CpuMachine) -> None:
    plans = {
        command.argv()[3:]
        for card in map(with_drafter, family())
        if card.global_layers is not None
        for gpus, nodes, replicas in (("8xH200", 1, 1), ("8xB300", 1, 1), ("8xH200", 2, 1), ("8xH200", 1, 2))
        for command in make_plan(card, parse_gpus(gpus, nodes), replicas=replicas).commands
        if command.module == SERVER
    }
    # One question to the parser, which takes a flag as often as it comes: its start is what takes time.
    words = [word for plan in sorted(plans) for word in plan]
    assert check_flags(str(shared.python()), [*words, *FOR_A_CPU], shared.home) == "0.5.23"


def with_drafter(card: Card) -> Card:
    """As where the weights are on this disk: else a plan leaves the drafter's flags out."""
    launch = card.launch.model_copy(update={"draft_model_path": "/dflash" if card.drafter else ""})
    return card.model_copy(update={"launch": launch})


def test_a_flag_that_is_gone_is_found_before_anything_is_loaded(shared: CpuMachine) -> None:
    with pytest.raises(LaunchRefused, match="--enable-mtp"):
        check_flags(str(shared.python()), ["--model-path", "x", "--enable-mtp"], shared.home)


def test_top_shows_what_the_server_does(shared: CpuMachine) -> None:
    for _ in range(2):  # the second finds the first one's prompt in the cache
        assert post(shared, CASES[0].request(stream=False)).status == 200
    done = shared.mimosa("top", "--once", "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["running"], shown["waiting"], shown["cache_total"]) == (0, 0, 65_536)
    assert shown["acceptance"] == pytest.approx(4.0, abs=0.5)
    assert 0 < shown["hit_rate"] <= 1
