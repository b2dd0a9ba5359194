"""A tiny checkpoint with random weights in the hub's layout, every kind of layer in it."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from model_runtime.nano.safetensors import Tensor
from model_runtime.nano.train.shape import GLOBAL, SLIDING, Shape, hub_config
from model_runtime.nano.train.vocabulary import save_vocabulary
from tests.nano.made_tokenizer import made_tokenizer

SMALL = Shape(
    vocabulary=512,
    hidden=48,
    dense=96,
    expert_width=32,
    key_width=24,
    value_width=16,
    window=16,
    pattern=(GLOBAL, SLIDING, GLOBAL, SLIDING),
    context=2048,
)


def sizes_of(shape: Shape) -> dict[str, Any]:
    """config.json, without the class that a shipped checkpoint brings along."""
    return {key: value for key, value in hub_config(shape, "float32").items() if key != "auto_map"}


SIZES = sizes_of(SMALL)
NANO = sizes_of(Shape())
"""The sizes of mimosa-nano."""


def make_checkpoint(
    folder: Path,
    sizes: dict[str, Any] = SIZES,
    *,
    seed: int = 0,
    spread: float = 0.2,
    predictable: float | None = None,
) -> Path:
    """`spread` is the weights' standard deviation: a large one makes the next token a clear choice. `predictable`
    makes a model whose MTP layers know that each token has one successor; the main model's layers, weighed with
    this number, sometimes say otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = random_tensors(sizes, np.random.default_rng(seed), spread)
    if predictable is not None:
        follow_each_other(tensors, sizes, predictable)
    write_safetensors(folder / "model.safetensors", tensors)
    (folder / "config.json").write_text(json.dumps(sizes, indent=1))
    save_vocabulary(made_tokenizer(512), folder)
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 0]}))
    return folder


def random_tensors(sizes: dict[str, Any], random: np.random.Generator, spread: float) -> dict[str, Tensor]:
    hidden, tensors = sizes["hidden_size"], {}

    def normal(name: str, *shape: int, scale: float = spread) -> None:
        tensors[name] = random.standard_normal(shape).astype(np.float32) * np.float32(scale)

    def norm(name: str) -> None:
        tensors[name] = random.uniform(0.5, 1.5, hidden).astype(np.float32)

    def attention(prefix: str, kind: str) -> None:
        heads, kv_heads = sizes[f"{kind}num_attention_heads"], sizes[f"{kind}num_key_value_heads"]
        width, value_width = sizes[f"{kind}head_dim"], sizes[f"{kind}v_head_dim"]
        normal(f"{prefix}self_attn.q_proj.weight", heads * width, hidden)
        normal(f"{prefix}self_attn.k_proj.weight", kv_heads * width, hidden)
        normal(f"{prefix}self_attn.v_proj.weight", kv_heads * value_width, hidden)
        normal(f"{prefix}self_attn.o_proj.weight", hidden, heads * value_width)
        if kind:
            normal(f"{prefix}self_attn.attention_sink_bias", heads, scale=1.0)
        norm(f"{prefix}input_layernorm.weight")

    def feed_forward(prefix: str, width: int) -> None:
        normal(f"{prefix}gate_proj.weight", width, hidden)
        normal(f"{prefix}up_proj.weight", width, hidden)
        normal(f"{prefix}down_proj.weight", hidden, width)

    normal("model.embed_tokens.weight", sizes["vocab_size"], hidden, scale=1.0)
    normal("lm_head.weight", sizes["vocab_size"], hidden)
    norm("model.norm.weight")
    for number, kind in enumerate(sizes["hybrid_layer_pattern"]):
        prefix = f"model.layers.{number}."
        attention(prefix, "swa_" if kind else "")
        norm(f"{prefix}post_attention_layernorm.weight")
        if not sizes["moe_layer_freq"][number]:
            feed_forward(f"{prefix}mlp.", sizes["intermediate_size"])
            continue
        normal(f"{prefix}mlp.gate.weight", sizes["n_routed_experts"], hidden)
        normal(f"{prefix}mlp.gate.e_score_correction_bias", sizes["n_routed_experts"], scale=0.1)
        for expert in range(sizes["n_routed_experts"]):
            feed_forward(f"{prefix}mlp.experts.{expert}.", sizes["moe_intermediate_size"])
    for number in range(3):
        prefix = f"model.mtp.layers.{number}."
        attention(prefix, "swa_")
        feed_forward(f"{prefix}mlp.", sizes["intermediate_size"])
        normal(f"{prefix}eh_proj.weight", hidden, 2 * hidden)
        for name in ("enorm", "hnorm", "pre_mlp_layernorm", "final_layernorm"):
            norm(f"{prefix}{name}.weight")
    return tensors


def follow_each_other(tensors: dict[str, Tensor], sizes: dict[str, Any], disturbance: float) -> None:
    hidden, vocabulary = sizes["hidden_size"], sizes["vocab_size"]
    embedding = tensors["model.embed_tokens.weight"]
    tensors["lm_head.weight"] = np.roll(embedding, 7, axis=0)  # after token t comes t + 7
    tensors["lm_head.weight"][:3] = 0  # never the end of the text
    for name, tensor in tensors.items():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            tensor *= 0 if "mtp" in name else disturbance
        if name.endswith("norm.weight"):
            tensor[:] = 1
        if name.endswith("eh_proj.weight"):
            tensor[:] = np.eye(hidden, 2 * hidden)
    assert len(embedding) == vocabulary


def write_safetensors(path: Path, tensors: dict[str, Tensor]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor).tobytes())
