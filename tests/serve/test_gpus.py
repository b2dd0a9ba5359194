"""GPUs as the command line and the driver name them."""

from dataclasses import replace

import pytest

from model_runtime.serving.detect import alike
from model_runtime.serving.errors import NoGpus, PlanRefused
from model_runtime.serving.gpus import GIB, TABLE, parse_gpus

H200 = TABLE["H200"]


@pytest.mark.parametrize("text", ["8xH200", "8 x h200", "8XH200", "8*H200"])
def test_a_machine_is_count_times_name(text: str) -> None:
    machines = parse_gpus(text)
    assert (machines.per_node, machines.gpu) == (8, H200)


@pytest.mark.parametrize(
    ("text", "name"), [("1xH100-80", "H100"), ("4xrtx 5090", None), ("4xRTX-5090", "RTX5090")]
)
def test_spellings_of_a_card(text: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(PlanRefused):
            parse_gpus(text)
        return
    assert parse_gpus(text).gpu.name == name


def test_a_card_may_be_known_by_its_memory_alone() -> None:
    gpu = parse_gpus("4x96GB").gpu
    assert gpu.memory == 96 * 10**9
    assert gpu.capability is None


@pytest.mark.parametrize("text", ["", "8", "xH200", "0xH200", "-1xH200", "8xH201", "8x0GB", "eightxH200"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PlanRefused, match=r"8xH200|Known are"):
        parse_gpus(text)


def test_two_kinds_of_cards_are_refused() -> None:
    with pytest.raises(PlanRefused, match=r"H100, H200.*CUDA_VISIBLE_DEVICES"):
        alike([H200, TABLE["H100"]])


def test_no_card_says_what_can_be_done() -> None:
    with pytest.raises(NoGpus, match="--gpus 8xH200"):
        alike([])


def test_the_fullest_card_sets_the_pace() -> None:
    found = alike([replace(H200, taken=3 * GIB), H200])
    assert found.taken == 3 * GIB
