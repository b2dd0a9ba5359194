"""A card from a Hugging Face folder: its config.json for the numbers, its safetensors files for the bytes."""

import json
from pathlib import Path
from typing import Any

from model_runtime.serving.card import Card, Experts, Launch, Layers, Mtp
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.shards import WeightBytes, weight_bytes


def read_checkpoint(folder: Path, known: tuple[Card, ...] = ()) -> Card:
    """`known`: cards whose parsers and speculation serve for a model of the same architecture. PlanRefused if the
    folder is not a whole checkpoint, or of a kind whose cache cannot be computed."""
    config = _config(folder)
    text = config.get("text_config") or config
    architecture = str((config.get("architectures") or [""])[0])
    alike = next((card for card in known if card.architecture == architecture), None)
    bytes_ = weight_bytes(folder)
    mtp = _mtp(bytes_, _precision(config))
    window, pattern = _pattern(folder, text)
    return Card(
        name=folder.resolve().name,
        repository=str(folder),
        architecture=architecture,
        precision=_precision(config),
        weights={_precision(config): bytes_.model},
        context_length=_number(folder, text, "max_position_embeddings"),
        hidden_size=_number(folder, text, "hidden_size"),
        vocabulary=_number(folder, text, "vocab_size"),
        global_layers=_layers(folder, text, pattern.count(False), ""),
        sliding_layers=_layers(folder, text, pattern.count(True), "swa_") if True in pattern else None,
        window=window,
        sinks=bool(text.get("add_swa_attention_sink_bias") or text.get("add_full_attention_sink_bias")),
        experts=_experts(text),
        mtp=mtp,
        speculation=_speculation(mtp, alike),
        launch=_launch(folder, alike),
        gaps=() if alike else (f"parsers for {architecture or 'this architecture'} are not known: none are set",),
    )


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PlanRefused(f"{path} does not exist; --model-path is a folder with a Hugging Face model.") from error
    except (OSError, ValueError) as error:
        raise PlanRefused(f"{path} cannot be read: {error}.") from error
    if not isinstance(config, dict):
        raise PlanRefused(f"{path} is not a JSON object.")
    return config


def _number(folder: Path, text: dict[str, Any], key: str) -> int:
    value = text.get(key)
    if not isinstance(value, int) or value < 1:
        raise PlanRefused(f"{folder / 'config.json'} has no usable {key!r} ({value!r}); the cache needs it.")
    return value


def _pattern(folder: Path, text: dict[str, Any]) -> tuple[int, list[bool]]:
    """The window, and for each layer whether it is a sliding-window one."""
    count = _number(folder, text, "num_hidden_layers")
    if text.get("kv_lora_rank"):
        raise PlanRefused(f"{folder} uses latent attention (kv_lora_rank); this planner does not know its cache.")
    window = int(text.get("sliding_window_size") or text.get("sliding_window") or 0)
    kinds = text.get("layer_types")
    hybrid = text.get("hybrid_layer_pattern")
    if isinstance(hybrid, list):
        pattern = [each == 1 for each in hybrid[:count]]
    elif isinstance(kinds, list):
        strange = sorted({str(kind) for kind in kinds} - {"full_attention", "sliding_attention"})
        if strange:
            raise PlanRefused(f"{folder} has layers of the kind {', '.join(strange)}; their memory is not known.")
        pattern = [kind == "sliding_attention" for kind in kinds[:count]]
    else:
        pattern = [False] * count
    if len(pattern) != count or False not in pattern:
        raise PlanRefused(f"{folder / 'config.json'} does not name the attention of each of its {count} layers.")
    return window, pattern


def _layers(folder: Path, text: dict[str, Any], count: int, prefix: str) -> Layers:
    def number(key: str, otherwise: int) -> int:
        value = text.get(prefix + key) or text.get(key)
        return value if isinstance(value, int) and value > 0 else otherwise

    heads = number("num_attention_heads", 0) or _number(folder, text, "num_attention_heads")
    head_dim = number("head_dim", _number(folder, text, "hidden_size") // heads)
    return Layers(
        count=count,
        heads=heads,
        kv_heads=number("num_key_value_heads", heads),
        head_dim=head_dim,
        v_head_dim=number("v_head_dim", head_dim),
    )


def _experts(text: dict[str, Any]) -> Experts | None:
    count = text.get("n_routed_experts") or text.get("num_local_experts") or text.get("num_experts")
    per_token = text.get("num_experts_per_tok")
    if not count or not per_token:
        return None
    return Experts(count=count, per_token=per_token, width=text.get("moe_intermediate_size") or 0)


def _precision(config: dict[str, Any]) -> str:
    """What config.json says, in the names of the profiles."""
    quantization = config.get("quantization_config") or {}
    if str(quantization.get("store_dtype") or "").lower() == "mxfp4":
        return "mxfp4"
    method = str(quantization.get("quant_method") or "")
    text = config.get("text_config") or {}
    dtype = str(config.get("dtype") or config.get("torch_dtype") or text.get("dtype") or "bfloat16")
    return method or {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}.get(dtype, dtype)


def _mtp(found: WeightBytes, precision: str) -> Mtp | None:
    return Mtp(layers=found.mtp_layers, weights={precision: found.mtp}) if found.mtp_layers else None


def _speculation(mtp: Mtp | None, alike: Card | None) -> str:
    return "mtp" if mtp is not None and alike is not None and alike.mtp is not None else "none"


def _launch(folder: Path, alike: Card | None) -> Launch:
    launch = alike.launch if alike else Launch()
    return launch.model_copy(update={"draft_model_path": str(folder / "dflash")}) if _drafter(folder) else launch


def _drafter(folder: Path) -> bool:
    return (folder / "dflash" / "config.json").is_file()
