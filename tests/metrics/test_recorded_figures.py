"""What a real SGLang 0.5.23 said of itself after some work (see tests/real_sglang)."""

import json
from pathlib import Path

import pytest

from model_runtime.metrics import sglang
from model_runtime.metrics.exposition import samples_in

RECORDED = Path(__file__).parents[1] / "recorded" / "sglang-0.5.23"
LOADS = json.loads((RECORDED / "loads.json").read_text(encoding="utf-8"))
SAMPLES = samples_in((RECORDED / "metrics.txt").read_text(encoding="utf-8"))


def test_a_reading_has_all_figures() -> None:
    reading = sglang.reading_of(1.0, LOADS, SAMPLES)
    assert reading is not None
    assert reading.server == "sglang 0.5.23"
    assert (reading.running, reading.waiting, reading.used, reading.total) == (0, 0, 0, 65_536)
    assert reading.acceptance == 4.0
    assert reading.hit_rate == pytest.approx(0.988, abs=0.001)
    counted = reading.counters
    assert counted is not None
    assert (counted.prompt, counted.cached, counted.generated, counted.steps) == (26_628, 17_182, 2_495, 627)
    assert counted.acceptance == pytest.approx(3.98, abs=0.01)


def test_the_loads_alone_tell_acceptance_and_hits_too() -> None:
    reading = sglang.reading_of(1.0, LOADS, None)
    assert reading is not None
    assert (reading.acceptance, reading.total) == (4.0, 65_536)
    assert reading.hit_rate == pytest.approx(0.988, abs=0.001)


def test_the_facts_name_the_parsers_and_the_speculation() -> None:
    facts = sglang.facts_of(json.loads((RECORDED / "server_info.json").read_text(encoding="utf-8")))
    assert facts is not None
    assert (facts.reasoning_parser, facts.tool_call_parser) == ("mimo", "mimo")
    assert (facts.speculation, facts.draft_tokens, facts.context_length) == ("EAGLE", 4, 32_768)
