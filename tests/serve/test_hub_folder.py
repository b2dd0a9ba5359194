"""Any Hugging Face folder can be planned from its own files, and a broken one is named."""

import json
from pathlib import Path

import pytest
from hub_folders import FLASH, checkpoint, shard

from model_runtime.serving.cards import family, find_card
from model_runtime.serving.checkpoint import read_checkpoint
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.gpus import parse_gpus
from model_runtime.serving.memory import TokenCost
from model_runtime.serving.plan import make_plan

DENSE = {
    "architectures": ["SomeForCausalLM"],
    "hidden_size": 1024,
    "vocab_size": 1000,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "max_position_embeddings": 32_768,
    "torch_dtype": "bfloat16",
}


def test_the_flash_configuration_gives_the_numbers_of_its_profile(tmp_path: Path) -> None:
    found, known = read_checkpoint(checkpoint(tmp_path / "m"), family()), find_card("mimo-v2-flash")
    assert found.global_layers == known.global_layers
    assert found.sliding_layers == known.sliding_layers
    assert (found.window, found.sinks, found.experts) == (known.window, known.sinks, known.experts)
    assert found.launch.tool_call_parser == "mimo"
    assert found.precision == "fp8"


def test_weights_and_mtp_layers_are_counted_apart(tmp_path: Path) -> None:
    found = read_checkpoint(checkpoint(tmp_path / "m"), family())
    assert found.weights == {"fp8": 1000}
    assert found.mtp is not None
    assert (found.mtp.layers, found.mtp.weights) == (3, {"fp8": 90})
    assert found.speculation == "mtp"


def test_a_folder_gets_a_command_with_its_own_path(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m")
    plan = make_plan(read_checkpoint(folder, family()), parse_gpus("1xH200"))
    assert str(folder) in plan.commands[0].argv()


def test_a_dense_model_of_another_family_has_no_parsers_and_says_so(tmp_path: Path) -> None:
    found = read_checkpoint(checkpoint(tmp_path / "m", DENSE), family())
    assert TokenCost.of(found, 1).full == 4 * 2 * (128 + 128) * 2
    assert found.sliding_layers is None
    assert "parsers" in found.gaps[0]
    assert "--tool-call-parser" not in make_plan(found, parse_gpus("1xL4")).commands[0].argv()


def test_layer_types_are_read_too(tmp_path: Path) -> None:
    kinds = ["full_attention", "sliding_attention", "sliding_attention", "full_attention"]
    config = {**DENSE, "layer_types": kinds, "sliding_window": 512}
    found = read_checkpoint(checkpoint(tmp_path / "m", config), family())
    assert found.global_layers is not None
    assert found.sliding_layers is not None
    assert (found.global_layers.count, found.sliding_layers.count, found.window) == (2, 2, 512)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"layer_types": ["linear_attention"] * 4}, "linear_attention"),
        ({"kv_lora_rank": 512}, "latent"),
        ({"hidden_size": None}, "hidden_size"),
        ({"hybrid_layer_pattern": [0, 1]}, "4 layers"),
    ],
)
def test_a_cache_that_cannot_be_computed_is_refused(change: dict[str, object], word: str, tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m", {**DENSE, **change})
    with pytest.raises(PlanRefused, match=word):
        read_checkpoint(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanRefused, match="nowhere"):
        read_checkpoint(tmp_path / "nowhere")


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m")
    (folder / "b.safetensors").unlink()
    with pytest.raises(PlanRefused, match=r"lacks b\.safetensors"):
        read_checkpoint(folder)


def test_a_truncated_download_is_noticed(tmp_path: Path) -> None:
    file = checkpoint(tmp_path / "m") / "a.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(PlanRefused, match=r"a\.safetensors has .* its header says"):
        read_checkpoint(file.parent)


@pytest.mark.parametrize(
    "junk", [b"", b"\xff" * 64, b"\x02\x00\x00\x00\x00\x00\x00\x00[]", b"\x01" + b"\0" * 7 + b"{"]
)
def test_a_corrupt_shard_is_named(junk: bytes, tmp_path: Path) -> None:
    file = checkpoint(tmp_path / "m") / "a.safetensors"
    file.write_bytes(junk)
    with pytest.raises(PlanRefused, match=r"a\.safetensors"):
        read_checkpoint(file.parent)


def test_a_folder_without_weights_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(FLASH))
    with pytest.raises(PlanRefused, match="fetch"):
        read_checkpoint(tmp_path)


def test_shards_without_an_index_are_all_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(FLASH))
    shard(tmp_path / "model.safetensors", {"x": 10})
    assert read_checkpoint(tmp_path).weights == {"fp8": 10}
