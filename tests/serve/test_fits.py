"""The planner's verdicts are those known from practice."""

import pytest

from model_runtime.serving.cards import family, find_card
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.gpus import parse_gpus
from model_runtime.serving.plan import Plan, make_plan

FAMILY = family()


def plan(gpus: str, name: str = "mimo-v2-flash", *, context: int | None = None, **more: int) -> Plan:
    machines = parse_gpus(gpus, more.pop("nodes", 1))
    return make_plan(find_card(name), machines, context=context, others=FAMILY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("gpus", ["8xH200", "8xH100", "4xH200", "4xB200", "4xB300", "4xMI355X"])
def test_flash_fits_where_it_is_known_to(gpus: str) -> None:
    found = plan(gpus)
    assert found.verdict == "fits"
    assert found.context == 262_144
    assert found.commands


def test_eight_cards_take_two_attention_groups_and_four_take_one() -> None:
    assert (plan("8xH200").fit.split.tp, plan("8xH200").fit.split.attention_dp) == (8, 2)
    assert (plan("4xH200").fit.split.tp, plan("4xH200").fit.split.attention_dp) == (4, 1)


def test_two_b200_are_marginal() -> None:
    assert plan("2xB200").verdict == "marginal"


@pytest.mark.parametrize("gpus", ["4xH20", "4xRTX-PRO-6000", "4x96GB"])
def test_four_cards_of_96_gb_need_four_bit_weights(gpus: str) -> None:
    found = plan(gpus)
    assert found.verdict == "no"
    assert any(each.kind == "model" and "mxfp4" in each.text for each in found.remedies)
    assert plan(gpus, "mimo-v2.6-flash").verdict == "fits"


def test_one_h200_cannot_hold_it_and_the_plan_says_what_would() -> None:
    found = plan("1xH200")
    assert found.verdict == "no"
    assert found.commands == ()
    assert "178" in found.headline or "177" in found.headline
    assert "--gpus 4xH200" in " ".join(each.text for each in found.remedies)


def test_mimo_7b_runs_on_one_24_gb_card() -> None:
    assert plan("1xRTX4090", "mimo-7b-rl").context >= 16_384


def test_too_long_a_context_is_told_what_the_cache_holds() -> None:
    found = plan("1xRTX4090", "mimo-7b-rl", context=32_768)
    assert found.verdict == "no"
    offered = next(each for each in found.remedies if each.kind == "context")
    tokens = int(offered.text.split()[1].rstrip(":"))
    assert plan("1xRTX4090", "mimo-7b-rl", context=tokens).verdict != "no"


def test_a_context_beyond_the_model_s_is_refused() -> None:
    with pytest.raises(PlanRefused, match="262,144"):
        plan("8xH200", context=262_145)


def test_bf16_does_not_fit_where_fp8_does_and_says_so() -> None:
    found = make_plan(find_card("mimo-v2-flash"), parse_gpus("4xH200"), precision="bf16")
    assert found.verdict == "no"
    assert "precision" in {each.kind for each in found.remedies}


def test_a_precision_nobody_knows_the_size_of_is_refused() -> None:
    with pytest.raises(PlanRefused, match="bf16, fp8"):
        make_plan(find_card("mimo-v2-flash"), parse_gpus("8xH200"), precision="int3")


def test_a_model_whose_cache_is_not_known_is_not_guessed() -> None:
    card = find_card("mimo-v2-flash").model_copy(update={"global_layers": None})
    with pytest.raises(PlanRefused, match="--model-path"):
        make_plan(card, parse_gpus("8xH200"))


@pytest.mark.parametrize(
    ("gpus", "name", "verdict"),
    [
        # As SGLang's cookbook and vLLM's recipes have them verified.
        ("4xB300", "mimo-v2.6-flash", "fits"),
        ("8xB300", "mimo-v2.6-pro", "fits"),
        ("8xH200", "mimo-v2.6-pro", "fits"),
        ("8xB200", "mimo-v2.5-pro", "fits"),
        ("8xH200", "mimo-v2.5-pro", "no"),
        ("1xH100", "mimo-v2.6-distill-qwen-9b", "fits"),
    ],
)
def test_the_rest_of_the_family_fits_where_it_is_known_to_run(gpus: str, name: str, verdict: str) -> None:
    assert plan(gpus, name).verdict == verdict


def test_every_offered_number_of_gpus_holds_the_model() -> None:
    for gpus in ("1xH200", "4xH100", "1xL4"):
        for remedy in plan(gpus).remedies:
            if remedy.kind == "gpus":
                words = remedy.text.replace(":", " ").split()
                nodes = int(words[3]) if words[2] == "--nodes" else 1
                assert plan(words[1], nodes=nodes).verdict != "no"
