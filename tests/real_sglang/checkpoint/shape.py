"""Shapes of the tiny model: every kind of part that MiMo-V2-Flash has."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """As small as SGLang takes it. sliding: for each layer, whether it is a sliding-window one. Layer 0 has a
    dense feed-forward part, the others experts. mtp: draft layers."""

    hidden: int = 64
    heads: int = 4
    kv_heads: int = 1
    sliding_kv_heads: int = 2
    head_dim: int = 24
    v_head_dim: int = 16
    dense: int = 128
    experts: int = 8
    experts_per_token: int = 2
    expert: int = 32
    window: int = 16
    sliding: tuple[bool, ...] = (False, True, True, True, True, False)
    mtp: int = 3


SHAPES = {
    "smallest": Shape(),
    # The published model's heads, window and experts a token: what GPU kernels are made for.
    "published-heads": Shape(
        hidden=256,
        heads=16,
        kv_heads=1,
        sliding_kv_heads=2,
        head_dim=192,
        v_head_dim=128,
        dense=512,
        experts=16,
        experts_per_token=8,
        expert=128,
        window=128,
    ),
}


def config_json(shape: Shape, vocabulary: int, context: int, *, end: int, pad: int) -> dict[str, Any]:
    """config.json, with the keys of the published one."""
    layers = len(shape.sliding)
    return {
        "architectures": ["MiMoV2FlashForCausalLM"],
        "auto_map": {"AutoConfig": "configuration_mimo_v2_flash.MiMoV2FlashConfig"},
        "model_type": "mimo_v2_flash",
        "torch_dtype": "bfloat16",
        "vocab_size": vocabulary,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.dense,
        "num_hidden_layers": layers,
        "max_position_embeddings": context,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "v_head_dim": shape.v_head_dim,
        "swa_num_attention_heads": shape.heads,
        "swa_num_key_value_heads": shape.sliding_kv_heads,
        "swa_head_dim": shape.head_dim,
        "swa_v_head_dim": shape.v_head_dim,
        "hybrid_layer_pattern": [int(each) for each in shape.sliding],
        "hybrid_block_size": None,
        "sliding_window": shape.window,
        "sliding_window_size": shape.window,
        "attention_chunk_size": shape.window,
        "add_swa_attention_sink_bias": True,
        "add_full_attention_sink_bias": False,
        "attention_value_scale": 0.707,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "moe_layer_freq": [0] + [1] * (layers - 1),
        "moe_intermediate_size": shape.expert,
        "n_routed_experts": shape.experts,
        "n_shared_experts": None,
        "num_experts_per_tok": shape.experts_per_token,
        "norm_topk_prob": True,
        "n_group": 1,
        "topk_group": 1,
        "topk_method": "noaux_tc",
        "scoring_func": "sigmoid",
        "routed_scaling_factor": None,
        "hidden_act": "silu",
        "layernorm_epsilon": 1e-5,
        "rope_theta": 5_000_000,
        "swa_rope_theta": 10_000,
        "partial_rotary_factor": 0.334,
        "tie_word_embeddings": False,
        "initializer_range": 0.02,
        "use_cache": True,
        "bos_token_id": None,
        "eos_token_id": end,
        "pad_token_id": pad,
    }
