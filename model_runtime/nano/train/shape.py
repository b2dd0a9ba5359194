"""The sizes of mimosa-nano, and its config.json in the hub's layout."""

from dataclasses import asdict, dataclass
from typing import Any

GLOBAL, SLIDING = 0, 1


@dataclass(frozen=True)
class Shape:
    """Widths in numbers, `window` and `context` in tokens. `pattern` names each layer's attention."""

    vocabulary: int = 2560
    hidden: int = 192
    dense: int = 512
    experts: int = 8
    chosen: int = 2
    expert_width: int = 192
    heads: int = 6
    global_kv_heads: int = 3
    key_width: int = 48
    value_width: int = 32
    window: int = 128
    pattern: tuple[int, ...] = (SLIDING, SLIDING, GLOBAL, SLIDING, GLOBAL, SLIDING)
    mtp_layers: int = 3
    rotary_share: float = 0.334
    global_theta: float = 5e6
    sliding_theta: float = 1e4
    value_scale: float = 0.707
    epsilon: float = 1e-5
    context: int = 16_384

    @property
    def layers(self) -> int:
        return len(self.pattern)

    @property
    def rotary(self) -> int:
        """The widths of a key that are rotated."""
        return int(self.key_width * self.rotary_share)

    def kv_heads(self, kind: int) -> int:
        """Twice as many on sliding layers: transformers takes that ratio for granted."""
        return self.global_kv_heads * (2 if kind == SLIDING else 1)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"pattern": list(self.pattern)}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> "Shape":
        return cls(**(data | {"pattern": tuple(data["pattern"])}))


def hub_config(shape: Shape, dtype: str = "bfloat16") -> dict[str, Any]:
    """config.json as SGLang 0.5.23 and transformers 5 read it.

    SGLang's window is the number of tokens before this one, transformers' counts this one too.
    """
    return {
        "architectures": ["MiMoV2FlashForCausalLM"],
        "model_type": "mimo_v2_flash",
        "auto_map": {"AutoConfig": "configuration_mimo_v2_flash.MiMoV2FlashConfig"},
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.dense,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.global_kv_heads,
        "head_dim": shape.key_width,
        "v_head_dim": shape.value_width,
        "swa_num_attention_heads": shape.heads,
        "swa_num_key_value_heads": shape.kv_heads(SLIDING),
        "swa_head_dim": shape.key_width,
        "swa_v_head_dim": shape.value_width,
        "hybrid_layer_pattern": list(shape.pattern),
        "hybrid_block_size": None,
        "sliding_window_size": shape.window,
        "sliding_window": shape.window + 1,
        "attention_chunk_size": shape.window,
        "add_swa_attention_sink_bias": True,
        "add_full_attention_sink_bias": False,
        "attention_value_scale": shape.value_scale,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "moe_layer_freq": [0] + [1] * (shape.layers - 1),
        "moe_intermediate_size": shape.expert_width,
        "n_routed_experts": shape.experts,
        "n_shared_experts": None,
        "num_experts_per_tok": shape.chosen,
        "norm_topk_prob": True,
        "n_group": 1,
        "topk_group": 1,
        "topk_method": "noaux_tc",
        "scoring_func": "sigmoid",
        "routed_scaling_factor": 1.0,
        "num_nextn_predict_layers": shape.mtp_layers,
        "hidden_act": "silu",
        "layernorm_epsilon": shape.epsilon,
        "rms_norm_eps": shape.epsilon,
        "layer_types": ["sliding_attention" if kind == SLIDING else "full_attention" for kind in shape.pattern],
        "rope_theta": shape.global_theta,
        "swa_rope_theta": shape.sliding_theta,
        "partial_rotary_factor": shape.rotary_share,
        "max_position_embeddings": shape.context,
        "tie_word_embeddings": False,
        "initializer_range": 0.02,
        "torch_dtype": dtype,
        "use_cache": True,
        "bos_token_id": None,
        "eos_token_id": [2],
        "pad_token_id": 0,
    }
