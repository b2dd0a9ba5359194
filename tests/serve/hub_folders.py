"""Small Hugging Face folders, written as the format says."""

import json
from pathlib import Path

FLASH = {
    "architectures": ["MiMoV2FlashForCausalLM"],
    "hidden_size": 4096,
    "vocab_size": 152_576,
    "num_hidden_layers": 48,
    "max_position_embeddings": 262_144,
    "num_attention_heads": 64,
    "num_key_value_heads": 4,
    "head_dim": 192,
    "v_head_dim": 128,
    "swa_num_attention_heads": 64,
    "swa_num_key_value_heads": 8,
    "swa_head_dim": 192,
    "swa_v_head_dim": 128,
    "hybrid_layer_pattern": [0 if i == 0 or i % 6 == 5 else 1 for i in range(48)],
    "sliding_window_size": 128,
    "add_swa_attention_sink_bias": True,
    "n_routed_experts": 256,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 2048,
    "quantization_config": {"quant_method": "fp8"},
}


def shard(path: Path, tensors: dict[str, int]) -> None:
    """A safetensors file with one-byte tensors of the given sizes."""
    header, offset = {}, 0
    for name, size in tensors.items():
        header[name] = {"dtype": "U8", "shape": [size], "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(offset))


def checkpoint(folder: Path, config: dict[str, object] | None = None) -> Path:
    """Two shards of 1,000 bytes for the model and 90 for three MTP layers, with their index."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(FLASH if config is None else config))
    first = {"model.embed_tokens.weight": 400, "model.mtp.layers.0.eh_proj.weight": 30}
    second = {
        "lm_head.weight": 600,
        "model.mtp.layers.1.eh_proj.weight": 30,
        "model.mtp.layers.2.eh_proj.weight": 30,
    }
    shard(folder / "a.safetensors", first)
    shard(folder / "b.safetensors", second)
    weight_map = {**dict.fromkeys(first, "a.safetensors"), **dict.fromkeys(second, "b.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder
