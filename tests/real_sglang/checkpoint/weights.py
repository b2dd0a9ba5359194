"""Weights that play a script: the residual stream keeps the last token's embedding, and the output row of each
token is the embedding of the one before it. Attention and experts run on random numbers and add nothing; the MTP
layers draft from the last token alone, and hence draft right."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from shape import Shape
from torch import Tensor

SEED = 20
SURE = 8.0
"""How far the logit of the right token stands out."""


def model_weights(shape: Shape, vocabulary: int, follows: Mapping[int, int]) -> dict[str, Tensor]:
    """By the names of the published checkpoint. `follows`: token ids, each with the one after it."""
    torch.manual_seed(SEED)
    embedding = torch.nn.functional.normalize(torch.randn(vocabulary, shape.hidden), dim=-1)
    head = torch.zeros(vocabulary, shape.hidden)
    first: dict[int, int] = {}
    for token, after in follows.items():
        # Tokens with the same successor look the same: a row that looks for several at once finds too many.
        embedding[token] = embedding[first.setdefault(after, token)]
        head[after] = embedding[token] * SURE
    weights = {
        "model.embed_tokens.weight": embedding,
        "lm_head.weight": head,
        "model.norm.weight": torch.ones(shape.hidden),
    }
    for layer, sliding in enumerate(shape.sliding):
        weights.update(_layer(shape, f"model.layers.{layer}.", sliding=sliding, dense=layer == 0))
    for layer in range(shape.mtp):
        weights.update(_draft_layer(shape, f"model.mtp.layers.{layer}."))
    single = (".mlp.gate.weight", "e_score_correction_bias")
    return {name: each if name.endswith(single) else each.bfloat16() for name, each in weights.items()}


def save_weights(folder: Path, weights: dict[str, Tensor]) -> None:
    save_file(
        {name: each.contiguous() for name, each in weights.items()},
        str(folder / "model.safetensors"),
        metadata={"format": "pt"},
    )


def _layer(shape: Shape, prefix: str, *, sliding: bool, dense: bool) -> Iterator[tuple[str, Tensor]]:
    for norm in ("input_layernorm", "post_attention_layernorm"):
        yield f"{prefix}{norm}.weight", torch.ones(shape.hidden)
    yield from _attention(shape, f"{prefix}self_attn.", sliding=sliding)
    if dense:
        yield from _feed_forward(shape.hidden, shape.dense, f"{prefix}mlp.")
        return
    yield f"{prefix}mlp.gate.weight", _random(shape.experts, shape.hidden)
    yield f"{prefix}mlp.gate.e_score_correction_bias", torch.zeros(shape.experts)
    for expert in range(shape.experts):
        yield from _feed_forward(shape.hidden, shape.expert, f"{prefix}mlp.experts.{expert}.")


def _draft_layer(shape: Shape, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for norm in ("enorm", "hnorm", "input_layernorm", "pre_mlp_layernorm", "final_layernorm"):
        yield f"{prefix}{norm}.weight", torch.ones(shape.hidden)
    # It joins the token's embedding and the model's hidden state; the first half alone is kept.
    joined = torch.cat((torch.eye(shape.hidden), torch.zeros(shape.hidden, shape.hidden)), dim=1)
    yield f"{prefix}eh_proj.weight", joined
    yield from _attention(shape, f"{prefix}self_attn.", sliding=True)
    yield from _feed_forward(shape.hidden, shape.dense, f"{prefix}mlp.")


def _attention(shape: Shape, prefix: str, *, sliding: bool) -> Iterator[tuple[str, Tensor]]:
    kv_heads = shape.sliding_kv_heads if sliding else shape.kv_heads
    yield f"{prefix}q_proj.weight", _random(shape.heads * shape.head_dim, shape.hidden)
    yield f"{prefix}k_proj.weight", _random(kv_heads * shape.head_dim, shape.hidden)
    yield f"{prefix}v_proj.weight", _random(kv_heads * shape.v_head_dim, shape.hidden)
    yield f"{prefix}o_proj.weight", torch.zeros(shape.hidden, shape.heads * shape.v_head_dim)
    if sliding:
        yield f"{prefix}attention_sink_bias", _random(shape.heads)


def _feed_forward(hidden: int, width: int, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for name in ("gate_proj", "up_proj"):
        yield f"{prefix}{name}.weight", _random(width, hidden)
    yield f"{prefix}down_proj.weight", torch.zeros(hidden, width)


def _random(*size: int) -> Tensor:
    return torch.randn(*size) * 0.05
