"""The cache costs what the model's architecture and a real server's log say."""

import pytest

from model_runtime.serving.cards import find_card
from model_runtime.serving.gpus import GIB
from model_runtime.serving.memory import TokenCost, pool, weights_per_gpu
from model_runtime.serving.parallel import Split

FLASH = find_card("mimo-v2-flash")
ALL_RANKS = TokenCost.of(FLASH, 1)


def test_a_token_costs_what_the_report_s_architecture_says() -> None:
    assert ALL_RANKS.full == 23_040
    assert ALL_RANKS.sliding == 199_680


@pytest.mark.parametrize(("ratio", "kilobytes"), [(0.8, 183), (0.1, 43), (0.03, 29)])
def test_a_token_of_context_costs_more_the_larger_the_sliding_pool(ratio: float, kilobytes: int) -> None:
    assert round(ALL_RANKS.per_context_token(ratio) / 1000) == kilobytes


def test_a_session_of_256k_takes_5_6_gib_of_global_cache() -> None:
    assert FLASH.context_length * ALL_RANKS.full / GIB == pytest.approx(5.6, abs=0.05)


def test_the_pools_have_the_sizes_that_a_server_logged() -> None:
    """sglang pull request 15464: TP 4, 1,496,958 tokens in both pools; sizes in GiB, K and V together."""
    tokens, cost = 1_496_958, TokenCost.of(FLASH, 4)
    assert tokens * cost.sliding / GIB == pytest.approx(41.76 + 27.84, rel=0.01)
    assert tokens * cost.full / GIB == pytest.approx(4.82 + 3.21, rel=0.01)
    assert tokens * (cost.full + cost.sliding) / GIB == pytest.approx(77.63, rel=0.01)


def test_the_pools_of_a_tp4_server_are_shared_by_the_ratio() -> None:
    """sglang pull request 18039: full_layer_tokens=375360, swa_layer_tokens=300288 at the ratio 0.8."""
    cost = TokenCost(full=5760, sliding=49_920, draft=0)
    full, sliding = pool(375_360 * 5760 + 300_288 * 49_920, cost, 0.8)
    assert (full, sliding) == (375_360, 300_288)


def test_fewer_kv_heads_than_gpus_are_repeated() -> None:
    assert TokenCost.of(FLASH, 8).full == TokenCost.of(FLASH, 4).full


def test_the_weights_a_gpu_are_those_of_the_facts() -> None:
    """About 39 GB at TP 8 (attention repeated by DP 2 adds a little), 78 at TP 4, 156 at TP 2."""
    for tp, dp, gigabytes in ((8, 1, 39), (4, 1, 78), (2, 1, 156), (8, 2, 40)):
        assert weights_per_gpu(FLASH, "fp8", Split(tp, dp, 1, 1, 0)) / 1e9 == pytest.approx(gigabytes, abs=0.5)
