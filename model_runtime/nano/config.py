"""The sizes of a checkpoint, from its `config.json` in the hub's layout of MiMo-V2-Flash."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_runtime.nano.errors import CheckpointBroken


@dataclass(frozen=True)
class Attention:
    """One kind of attention. window: how many earlier tokens a token sees beside itself, 0 for all of them.
    rotary: how many of a head's `key_width` dimensions turn with the position. sinks: whether each head has a
    score that competes with the keys' and stands for nothing."""

    heads: int
    kv_heads: int
    key_width: int
    value_width: int
    rotary: int
    theta: float
    window: int
    sinks: bool


@dataclass(frozen=True)
class Config:
    """attention, sparse: one entry a layer; a sparse layer has experts. chosen: experts a token."""

    vocabulary: int
    hidden: int
    attention: tuple[Attention, ...]
    sparse: tuple[bool, ...]
    drafting: Attention
    experts: int
    chosen: int
    normalised: bool
    value_scale: float
    epsilon: float
    context_length: int

    @classmethod
    def read(cls, path: Path) -> "Config":
        """Raises CheckpointBroken."""
        try:
            return read_config(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointBroken(f"{path} cannot be read as the config of a MiMo-V2: {error!r}.") from error


def read_config(raw: dict[str, Any]) -> Config:
    """Raises KeyError for a size that is missing, CheckpointBroken for a model that is of another make."""
    if raw["scoring_func"] != "sigmoid" or raw.get("n_group", 1) != 1 or raw.get("attention_bias"):
        raise CheckpointBroken("This engine runs sigmoid-routed experts in one group, without attention biases.")
    everything, sliding = _attention(raw, ""), _attention(raw, "swa_")
    kinds = raw["hybrid_layer_pattern"]
    return Config(
        vocabulary=raw["vocab_size"],
        hidden=raw["hidden_size"],
        attention=tuple(sliding if kind == 1 else everything for kind in kinds),
        sparse=tuple(bool(each) for each in raw["moe_layer_freq"]),
        drafting=sliding,
        experts=raw["n_routed_experts"],
        chosen=raw["num_experts_per_tok"],
        normalised=raw["norm_topk_prob"],
        value_scale=raw.get("attention_value_scale") or 1.0,
        epsilon=raw["layernorm_epsilon"],
        context_length=raw["max_position_embeddings"],
    )


def _attention(raw: dict[str, Any], prefix: str) -> Attention:
    sliding = bool(prefix)
    width = raw[f"{prefix}head_dim"]
    return Attention(
        heads=raw[f"{prefix}num_attention_heads"],
        kv_heads=raw[f"{prefix}num_key_value_heads"],
        key_width=width,
        value_width=raw.get(f"{prefix}v_head_dim") or width,
        rotary=int(width * raw.get("partial_rotary_factor", 1.0)),
        theta=float(raw[f"{prefix}rope_theta"]),
        window=raw["sliding_window_size"] if sliding else 0,
        sinks=bool(raw.get("add_swa_attention_sink_bias" if sliding else "add_full_attention_sink_bias")),
    )
