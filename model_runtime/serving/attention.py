"""The attention layers that a config.json describes: their kinds, their number, their shapes."""

from pathlib import Path
from typing import Any

from model_runtime.serving.card import Layers, LinearLayers
from model_runtime.serving.errors import PlanRefused

FULL, SLIDING, LINEAR = "full_attention", "sliding_attention", "linear_attention"


def layer_kinds(folder: Path, text: dict[str, Any]) -> list[str]:
    """FULL, SLIDING or LINEAR for each layer. Raises PlanRefused for a kind whose memory is not known."""
    count = number(folder, text, "num_hidden_layers")
    if text.get("kv_lora_rank"):
        raise PlanRefused(f"{folder} uses latent attention (kv_lora_rank); this planner does not know its cache.")
    hybrid, kinds = text.get("hybrid_layer_pattern"), text.get("layer_types")
    if isinstance(hybrid, list):
        found = [SLIDING if each == 1 else FULL for each in hybrid[:count]]
    elif isinstance(kinds, list):
        strange = sorted({str(kind) for kind in kinds} - {FULL, SLIDING, LINEAR})
        if strange:
            raise PlanRefused(f"{folder} has layers of the kind {', '.join(strange)}; their memory is not known.")
        found = kinds[:count]
    else:
        found = [FULL] * count
    if len(found) != count or FULL not in found:
        raise PlanRefused(f"{folder / 'config.json'} does not name the attention of each of its {count} layers.")
    return found


def layers(folder: Path, text: dict[str, Any], count: int, prefix: str = "") -> Layers:
    """`count` layers whose sizes stand under keys that begin with `prefix`, or without it."""

    def size(key: str, otherwise: int) -> int:
        value = text.get(prefix + key) or text.get(key)
        return value if isinstance(value, int) and value > 0 else otherwise

    heads = size("num_attention_heads", 0) or number(folder, text, "num_attention_heads")
    head_dim = size("head_dim", number(folder, text, "hidden_size") // heads)
    return Layers(
        count=count,
        heads=heads,
        kv_heads=size("num_key_value_heads", heads),
        head_dim=head_dim,
        v_head_dim=size("v_head_dim", head_dim),
    )


def linear_layers(folder: Path, text: dict[str, Any], count: int) -> LinearLayers:
    """Raises PlanRefused where config.json lacks a size of their state."""
    return LinearLayers(
        count=count,
        key_heads=number(folder, text, "linear_num_key_heads"),
        value_heads=number(folder, text, "linear_num_value_heads"),
        key_dim=number(folder, text, "linear_key_head_dim"),
        value_dim=number(folder, text, "linear_value_head_dim"),
        kernel=number(folder, text, "linear_conv_kernel_dim"),
    )


def number(folder: Path, text: dict[str, Any], key: str) -> int:
    """A positive integer of config.json. Raises PlanRefused."""
    value = text.get(key)
    if not isinstance(value, int) or value < 1:
        raise PlanRefused(f"{folder / 'config.json'} has no usable {key!r} ({value!r}); the cache needs it.")
    return value
