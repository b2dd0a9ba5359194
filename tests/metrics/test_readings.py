"""What a server tells of itself is read, and what it does not tell is not made up."""

import json

import pytest
from figures import GAUGES, INFO, loads, metrics, rank
from hypothesis import given
from hypothesis import strategies as st
from model_server import ModelServer

from model_runtime.endpoint import Endpoint
from model_runtime.metrics.base import Counters, Reading
from model_runtime.metrics.exposition import samples_in
from model_runtime.metrics.reader import MetricsReader, server_root


async def read(server: ModelServer) -> Reading | None:
    reader = MetricsReader(Endpoint(server.url))
    try:
        return await reader.read()
    finally:
        await reader.close()


async def test_the_ranks_of_a_server_are_added_up() -> None:
    with ModelServer() as server:
        server.routes["/v1/loads"] = loads(rank(0), rank(1))
        found = await read(server)
    assert found is not None
    assert (found.server, found.running, found.waiting, found.requests) == ("sglang 0.5.23", 4, 2, 6)
    assert (found.used, found.total, found.cache_use, found.tokens_per_s) == (1000, 2000, 0.5, 81.0)
    assert found.counters is None
    assert found.acceptance is None


async def test_metrics_alone_tell_most_of_it() -> None:
    with ModelServer() as server:
        server.routes["/metrics"] = metrics(prompt=1000, cached=800, generated=64, steps=20)
        found = await read(server)
    assert found is not None
    assert (found.running, found.waiting, found.used, found.total) == (3, 1, 1200, 65_536)
    assert (found.acceptance, found.hit_rate, found.tokens_per_s) == (3.25, 0.75, 151.5)
    assert found.counters == Counters(1000, 800, 64, 20)
    assert found.counters.hit_rate == 0.8
    assert found.counters.acceptance == 3.2


async def test_acceptance_of_the_whole_life_stands_in_where_the_metrics_are_off() -> None:
    with ModelServer() as server:
        server.routes["/v1/loads"] = loads(rank(0, speculative={"accept_length": 2.9, "accept_rate": 0.6}))
        found = await read(server)
    assert found is not None
    assert found.acceptance == 2.9


async def test_a_vllm_server_is_read_as_far_as_it_tells() -> None:
    with ModelServer() as server:
        server.routes["/metrics"] = (
            'vllm:num_requests_running{model_name="m"} 2.0\nvllm:num_requests_waiting{model_name="m"} 0.0\n'
            'vllm:prompt_tokens_total{model_name="m"} 200.0\nvllm:prefix_cache_hits_total{model_name="m"} 50.0\n'
            'vllm:generation_tokens_total{model_name="m"} 30.0\n'
        )
        found = await read(server)
    assert found is not None
    assert (found.server, found.running, found.hit_rate, found.acceptance) == ("vllm", 2, 0.25, None)
    assert found.total is None


async def test_an_endpoint_that_tells_nothing_is_no_error() -> None:
    with ModelServer() as server:
        assert await read(server) is None
    assert await read(server) is None, "it is closed by now"


async def test_a_login_page_in_place_of_figures_is_no_figure() -> None:
    with ModelServer() as server:
        server.routes |= {"/v1/loads": "<html>Log in</html>", "/metrics": "<html>Log in</html>"}
        assert await read(server) is None


async def test_what_a_server_was_started_with() -> None:
    with ModelServer() as server:
        server.routes["/server_info"] = INFO
        reader = MetricsReader(Endpoint(server.url))
        facts = await reader.facts()
        await reader.close()
    assert facts is not None
    assert (facts.server, facts.gpus, facts.speculation, facts.draft_tokens) == ("sglang 0.5.23", 8, "EAGLE", 4)
    assert (facts.reasoning_parser, facts.tool_call_parser, facts.context_length) == ("mimo", "mimo", 262_144)


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("http://127.0.0.1:30000/v1", "http://127.0.0.1:30000"),
        ("http://127.0.0.1:30000", "http://127.0.0.1:30000"),
        ("https://host/serve/v1/", "https://host/serve"),
    ],
)
def test_the_server_s_own_routes_lie_beside_the_api(base_url: str, root: str) -> None:
    assert server_root(Endpoint(base_url)) == root


def test_a_restarted_server_counts_from_nothing_again() -> None:
    before = Reading(0.0, counters=Counters(1000, 900, 100, 40))
    after = Reading(9.0, counters=Counters(30, 0, 10, 5))
    assert after.since(before) == Counters(30, 0, 10, 5)
    later = Reading(20.0, counters=Counters(1300, 1100, 180, 60))
    assert later.since(before) == Counters(300, 200, 80, 20)


def test_head_room_is_told_in_sessions() -> None:
    assert Reading(0.0, used=100, total=1000).sessions_left(300) == 3
    assert Reading(0.0, used=1100, total=1000).sessions_left(300) == 0
    assert Reading(0.0).sessions_left(300) is None


@given(st.text())
def test_any_text_can_be_read_for_samples(text: str) -> None:
    samples_in(text)


def test_a_metric_s_values_are_kept_by_label() -> None:
    text = GAUGES + 'sglang:num_running_reqs{a="x } y"} 2\nsglang:nan NaN\n# sglang:comment 3\n'
    found = samples_in(text)
    assert found["sglang:num_running_reqs"] == [3.0, 2.0]
    assert "sglang:nan" not in found
    assert not [name for name in found if "comment" in name]


def test_json_that_is_no_load_is_not_believed() -> None:
    from model_runtime.metrics import sglang

    for strange in ({}, {"loads": 3}, {"loads": ["x"]}, json.loads('{"loads": {"a": 1}}')):
        assert sglang.reading_of(0.0, strange, None) is None
