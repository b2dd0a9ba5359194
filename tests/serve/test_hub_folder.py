"""Any Hugging Face folder can be planned from its own files, and a broken one is named."""

import json
from pathlib import Path

import pytest
from hub_folders import FLASH, checkpoint, shard

from agent.config.settings import ServeSettings
from agent.serving.start import card_of
from model_runtime.serving.cards import family, find_card
from model_runtime.serving.checkpoint import read_checkpoint
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.gpus import parse_gpus
from model_runtime.serving.memory import TokenCost
from model_runtime.serving.plan import Plan, make_plan

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


def test_linear_attention_is_a_state_a_request_and_no_cache_a_token(tmp_path: Path) -> None:
    sizes = {"num_key_heads": 16, "num_value_heads": 32, "key_head_dim": 128, "value_head_dim": 128}
    linear = {f"linear_{key}": value for key, value in sizes.items()}
    kinds = ["linear_attention", "linear_attention", "linear_attention", "full_attention"]
    config = {**DENSE, **linear, "linear_conv_kernel_dim": 4, "layer_types": kinds}
    found = read_checkpoint(checkpoint(tmp_path / "m", {"text_config": config}), family())
    assert found.linear_layers is not None
    assert found.global_layers is not None
    assert (found.linear_layers.count, found.global_layers.count) == (3, 1)
    assert found.linear_layers.state_bytes() == 3 * (32 * 128 * 128 * 4 + (2 * 16 + 32) * 128 * 3 * 2)
    planned = make_plan(found, parse_gpus("1xH100"))
    slots = int(words(planned)["--max-mamba-cache-size"])
    assert planned.fit.memory.states == (slots + 1) * found.linear_layers.state_bytes()


def test_a_block_drafter_in_the_folder_is_planned_with_its_weights_and_its_cache(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m")
    (folder / "dflash").mkdir()
    drafter = {"num_hidden_layers": 5, "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 128}
    (folder / "dflash" / "config.json").write_text(json.dumps({**drafter, "hidden_size": 4096, "block_size": 8}))
    shard(folder / "dflash" / "model.safetensors", {"fc.weight": 70})
    found = read_checkpoint(folder, family())
    assert found.drafter is not None
    assert (found.speculation, found.drafter.weights, found.drafter.block) == ("dflash", 70, 8)
    planned = make_plan(found, parse_gpus("8xH200"))
    a_token = 5 * 2 * (128 + 128) * 2  # five layers, two of eight heads on each GPU of an attention group
    assert planned.fit.memory.mtp == 9 + planned.fit.memory.full_tokens * a_token
    flags = words(planned)
    assert flags["--speculative-algorithm"] == "DFLASH"
    assert flags["--speculative-draft-model-path"] == str(folder / "dflash")
    assert flags["--speculative-num-draft-tokens"] == "8"
    assert not planned.gaps


def test_the_drafter_of_a_profile_is_used_once_the_weights_are_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    settings = ServeSettings(profile="mimo-v2.6-flash")
    before = make_plan(card_of(settings), parse_gpus("4xB300"))
    assert "--speculative-algorithm" not in words(before)
    assert any("mimosa fetch mimo-v2.6-flash" in gap for gap in before.gaps)

    drafter = tmp_path / "models--XiaomiMiMo--MiMo-V2.6-Flash-RL" / "snapshots" / "1" / "dflash"
    drafter.mkdir(parents=True)
    (drafter / "config.json").write_text("{}")
    after = make_plan(card_of(settings), parse_gpus("4xB300"))
    assert words(after)["--speculative-draft-model-path"] == str(drafter)
    assert not any("fetch" in gap for gap in after.gaps)
    assert after.fit.memory == before.fit.memory


def test_a_drafter_without_its_block_size_is_named(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m")
    (folder / "dflash").mkdir()
    (folder / "dflash" / "config.json").write_text("{}")
    with pytest.raises(PlanRefused, match=r"dflash/config\.json has no usable 'block_size'"):
        read_checkpoint(folder)


def words(planned: Plan) -> dict[str, str]:
    return {flag.name: flag.value or "" for flag in planned.commands[0].flags}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"layer_types": ["strange_attention"] * 4}, "strange_attention"),
        ({"layer_types": ["linear_attention", "full_attention"] * 2}, "linear_num_key_heads"),
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
