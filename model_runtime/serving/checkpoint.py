"""A card from a Hugging Face folder: its config.json for the numbers, its safetensors files for the bytes."""

import json
from pathlib import Path
from typing import Any

from model_runtime.serving.attention import FULL, LINEAR, SLIDING, layer_kinds, layers, linear_layers, number
from model_runtime.serving.card import Card, Drafter, Experts, Launch, Mtp
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.shards import WeightBytes, weight_bytes

DRAFTER = "dflash"
"""The folder of a checkpoint in which its block drafter lies."""


def read_checkpoint(folder: Path, known: tuple[Card, ...] = ()) -> Card:
    """`known`: cards whose parsers and speculation serve for a model of the same architecture. PlanRefused if the
    folder is not a whole checkpoint, or of a kind whose cache cannot be computed."""
    config = _config(folder)
    text = config.get("text_config") or config
    architecture = str((config.get("architectures") or [""])[0])
    alike = next((card for card in known if card.architecture == architecture), None)
    bytes_ = weight_bytes(folder)
    mtp = _mtp(bytes_, _precision(config))
    kinds, drafter = layer_kinds(folder, text), _drafter(folder)
    return Card(
        name=folder.resolve().name,
        repository=str(folder),
        architecture=architecture,
        precision=_precision(config),
        weights={_precision(config): bytes_.model},
        context_length=number(folder, text, "max_position_embeddings"),
        hidden_size=number(folder, text, "hidden_size"),
        vocabulary=number(folder, text, "vocab_size"),
        global_layers=layers(folder, text, kinds.count(FULL)),
        sliding_layers=layers(folder, text, kinds.count(SLIDING), "swa_") if SLIDING in kinds else None,
        linear_layers=linear_layers(folder, text, kinds.count(LINEAR)) if LINEAR in kinds else None,
        window=int(text.get("sliding_window_size") or text.get("sliding_window") or 0),
        sinks=bool(text.get("add_swa_attention_sink_bias") or text.get("add_full_attention_sink_bias")),
        experts=_experts(text),
        mtp=mtp,
        drafter=drafter,
        speculation="dflash" if drafter else _speculation(mtp, alike),
        launch=_launch(folder, alike, drafter),
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


def _launch(folder: Path, alike: Card | None, drafter: Drafter | None) -> Launch:
    launch = alike.launch if alike else Launch()
    return launch.model_copy(update={"draft_model_path": str(folder / drafter.folder)}) if drafter else launch


def _drafter(folder: Path) -> Drafter | None:
    """The block drafter that lies in the checkpoint, None if none does. Raises PlanRefused for a broken one."""
    place = folder / DRAFTER
    if not (place / "config.json").is_file():
        return None
    config = _config(place)
    block = config.get("block_size") or (config.get("dflash_config") or {}).get("block_size")
    if not isinstance(block, int) or block < 2:
        raise PlanRefused(f"{place / 'config.json'} has no usable 'block_size' ({block!r}).")
    shape = layers(place, config, number(place, config, "num_hidden_layers"))
    return Drafter(folder=DRAFTER, block=block, weights=weight_bytes(place).model, layers=shape)
