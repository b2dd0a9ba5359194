"""The trained weights in the hub's layout: per-expert matrices, the MTP layers under model.mtp."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model_runtime.nano.train.feed_forward import Experts
from model_runtime.nano.train.model import Block, Nano
from model_runtime.nano.train.shape import hub_config

PAD, END = "<|endoftext|>", "<|im_end|>"


def export(model: Nano, tokenizer: str, template: str, folder: Path) -> None:
    """Write a checkpoint that SGLang, transformers and this package read. `tokenizer` is the text of its
    tokenizer.json, `template` the chat template."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: _stored(name, weight.detach()).contiguous() for name, weight in hub_tensors(model)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    config_class = files(__package__).joinpath("hub_config_class.txt").read_text(encoding="utf-8")
    (folder / "configuration_mimo_v2_flash.py").write_text(config_class, encoding="utf-8")
    _write(folder / "config.json", hub_config(model.shape))
    _write(folder / "generation_config.json", {"eos_token_id": [2], "pad_token_id": 0, "do_sample": False})
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.shape.context,
            "eos_token": END,
            "pad_token": PAD,
            "clean_up_tokenization_spaces": False,
        },
    )


def begin_with(model: Nano, folder: Path) -> None:
    """Give the model the weights of a checkpoint of its shape, so that training goes on from there. Raises
    KeyError for one with fewer layers."""
    move_towards(model, folder, 1.0)


def move_towards(model: Nano, folder: Path, share: float) -> None:
    """Move each weight by this `share` of the way to that of a checkpoint. The mean of a checkpoint and what a
    gentle training made of it is often better than both (Wortsman et al. 2022, arXiv 2203.05482). Raises
    KeyError for one with fewer layers."""
    stored = load_file(folder / "model.safetensors")
    with torch.no_grad():
        for name, weight in hub_tensors(model):
            weight.lerp_(stored[name].to(weight.dtype), share)


def _stored(name: str, weight: Tensor) -> Tensor:
    """In bfloat16, but for the router, which chooses in float32."""
    return weight.float() if ".mlp.gate." in name else weight.bfloat16()


def hub_tensors(model: Nano) -> Iterator[tuple[str, Tensor]]:
    """The name of each weight in the hub's layout, and the weight itself, or the part of it that has the name."""
    yield "model.embed_tokens.weight", model.embed_tokens.weight
    yield "model.norm.weight", model.norm.weight
    yield "lm_head.weight", model.lm_head.weight
    for number, layer in enumerate(model.layers):
        assert isinstance(layer, Block), "all layers are blocks"
        yield from _block(layer, f"model.layers.{number}.", "post_attention_layernorm")
    for number, drafter in enumerate(model.mtp):
        prefix = f"model.mtp.layers.{number}."
        for name in ("enorm", "hnorm", "eh_proj", "final_layernorm"):
            yield f"{prefix}{name}.weight", drafter.get_parameter(f"{name}.weight")
        block = drafter.block
        assert isinstance(block, Block), "a drafter holds one block"
        yield from _block(block, prefix, "pre_mlp_layernorm")


def _block(block: Block, prefix: str, second_norm: str) -> Iterator[tuple[str, Tensor]]:
    yield f"{prefix}input_layernorm.weight", block.input_layernorm.weight
    yield f"{prefix}{second_norm}.weight", block.post_attention_layernorm.weight
    for name, weight in block.self_attn.named_parameters():
        yield f"{prefix}self_attn.{name}", weight
    if not isinstance(block.mlp, Experts):
        for name, weight in block.mlp.named_parameters():
            yield f"{prefix}mlp.{name}", weight
        return
    yield f"{prefix}mlp.gate.weight", block.mlp.router
    yield f"{prefix}mlp.gate.e_score_correction_bias", block.mlp.bias
    for number in range(block.mlp.shape.experts):
        for name in ("gate_proj", "up_proj", "down_proj"):
            stacked = getattr(block.mlp, name)
            yield f"{prefix}mlp.experts.{number}.{name}.weight", stacked[number]


def _write(file: Path, data: dict[str, object]) -> None:
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
