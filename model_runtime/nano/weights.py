"""The weights of a checkpoint, laid out for speed.

Matrices are transposed to [in, out] and cut into panels (`products.py`). What is linear is folded together once,
here, instead of at every token:

- the weights of an RMS norm into the matrices that read its output,
- the scale of the scores into the queries, the value scale into the values,
- queries, keys and values, gate and up into one matrix each,
- the embedding's half of an MTP layer's joining projection into a table with a row a token.

All matrices stand in one block of memory: the system backs a large one with large pages, and what costs here
is to fetch the weights. The dimensions that turn with the position are reordered, in queries and keys alike,
so that the two of a pair stand beside each other and are one complex number; scores do not depend on the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_runtime.nano.config import Attention, Config
from model_runtime.nano.errors import CheckpointBroken
from model_runtime.nano.products import Matrix, Panels, columns_of
from model_runtime.nano.safetensors import Tensor, read_tensors


@dataclass(frozen=True)
class AttentionWeights:
    """queries_keys_values: [hidden, (heads + kv_heads) * key_width + kv_heads * value_width]. out: [heads *
    value_width, hidden]. sinks: [kv_heads, heads / kv_heads, 1, 1], or None."""

    shape: Attention
    queries_keys_values: Panels
    out: Panels
    sinks: Matrix | None


@dataclass(frozen=True)
class DenseWeights:
    """gate_up: [hidden, 2 * width]. down: [width, hidden]."""

    gate_up: Panels
    down: Panels


@dataclass(frozen=True)
class ExpertWeights:
    """router: [hidden, experts]. bias: [experts]. gate_up, down: one of each an expert, as of a dense layer."""

    router: Panels
    bias: Matrix
    gate_up: tuple[Panels, ...]
    down: tuple[Panels, ...]
    width: int
    chosen: int
    normalised: bool


@dataclass(frozen=True)
class LayerWeights:
    attention: AttentionWeights
    feed_forward: DenseWeights | ExpertWeights


@dataclass(frozen=True)
class DrafterWeights:
    """One MTP layer. from_token: [vocabulary, hidden], what the embedding of a token adds to the layer's input.
    norm: [hidden]."""

    from_token: Matrix
    layer: LayerWeights
    norm: Matrix


@dataclass(frozen=True)
class Weights:
    """embedding: [vocabulary, hidden]. norm: [hidden]. head: [hidden, vocabulary]. from_hidden: [hidden,
    drafters * hidden], what the main model's hidden state adds to the input of each MTP layer."""

    embedding: Matrix
    layers: tuple[LayerWeights, ...]
    norm: Matrix
    head: Panels
    drafters: tuple[DrafterWeights, ...]
    from_hidden: Panels


class Block:
    """One piece of memory for matrices that are used together, `size` numbers large."""

    def __init__(self, size: int) -> None:
        self._numbers = np.empty(size, np.float32)
        self._used = 0

    def panels(self, weight: Tensor) -> Panels:
        """A copy of `weight` [out, in], transposed and cut; beginning on a line of the processor's cache."""
        out, width = weight.shape
        columns = columns_of(out)
        place = self._numbers[self._used : self._used + weight.size].reshape(-1, width, columns)
        place[...] = weight.reshape(-1, columns, width).transpose(0, 2, 1)
        self._used += -(-weight.size // 16) * 16
        return place


def read_weights(path: Path, config: Config) -> Weights:
    """Raises CheckpointBroken: the file is damaged, or does not hold what the config says."""
    tensors = read_tensors(path)
    try:
        return fold(tensors, config)
    except (KeyError, ValueError) as error:
        raise CheckpointBroken(f"The weights {path} do not fit their config.json: {error}.") from error


def fold(tensors: Mapping[str, Tensor], config: Config) -> Weights:
    """Raises KeyError for a missing tensor, ValueError for one of another shape."""
    embedding = _shaped(tensors["model.embed_tokens.weight"], config.vocabulary, config.hidden)
    block = Block(sum(tensor.size + 16 for tensor in tensors.values()))
    numbers = range(_count(tensors, "model.mtp.layers."))
    return Weights(
        embedding=embedding,
        layers=tuple(_layer(tensors, config, number, block) for number in range(len(config.attention))),
        norm=tensors["model.norm.weight"],
        head=block.panels(tensors["lm_head.weight"]),
        drafters=tuple(_drafter(tensors, config, number, embedding, block) for number in numbers),
        from_hidden=block.panels(
            np.concatenate(
                [np.zeros((0, config.hidden), np.float32), *(_from_hidden(tensors, number) for number in numbers)]
            )
        ),
    )


def _layer(tensors: Mapping[str, Tensor], config: Config, number: int, block: Block) -> LayerWeights:
    prefix = f"model.layers.{number}."
    norm = tensors[f"{prefix}post_attention_layernorm.weight"]
    return LayerWeights(
        _attention(tensors, prefix, config.attention[number], config.value_scale, block),
        _experts(tensors, f"{prefix}mlp.", config, norm, block)
        if config.sparse[number]
        else _dense(tensors, f"{prefix}mlp.", norm, block),
    )


def _drafter(
    tensors: Mapping[str, Tensor], config: Config, number: int, embedding: Matrix, block: Block
) -> DrafterWeights:
    prefix = f"model.mtp.layers.{number}."
    joining = tensors[f"{prefix}eh_proj.weight"][:, : config.hidden]
    of_embedding = joining * tensors[f"{prefix}enorm.weight"]
    squares = np.square(embedding).mean(axis=1, keepdims=True)
    return DrafterWeights(
        from_token=(embedding / np.sqrt(squares + np.float32(config.epsilon))) @ of_embedding.T,
        layer=LayerWeights(
            _attention(tensors, prefix, config.drafting, config.value_scale, block),
            _dense(tensors, f"{prefix}mlp.", tensors[f"{prefix}pre_mlp_layernorm.weight"], block),
        ),
        norm=tensors[f"{prefix}final_layernorm.weight"],
    )


def _from_hidden(tensors: Mapping[str, Tensor], number: int) -> Matrix:
    prefix = f"model.mtp.layers.{number}."
    norm = tensors[f"{prefix}hnorm.weight"]
    return tensors[f"{prefix}eh_proj.weight"][:, len(norm) :] * norm


def _attention(
    tensors: Mapping[str, Tensor], prefix: str, shape: Attention, value_scale: float, block: Block
) -> AttentionWeights:
    own = f"{prefix}self_attn."
    norm = tensors[f"{prefix}input_layernorm.weight"]
    queries = _paired(tensors[f"{own}q_proj.weight"], shape.heads, shape) * np.float32(shape.key_width**-0.5)
    keys = _paired(tensors[f"{own}k_proj.weight"], shape.kv_heads, shape)
    values = tensors[f"{own}v_proj.weight"] * np.float32(value_scale)
    sinks = tensors[f"{own}attention_sink_bias"] if shape.sinks else None
    return AttentionWeights(
        shape=shape,
        queries_keys_values=block.panels(np.concatenate((queries, keys, values)) * norm),
        out=block.panels(tensors[f"{own}o_proj.weight"]),
        sinks=sinks.reshape(shape.kv_heads, -1, 1, 1) if sinks is not None else None,
    )


def _dense(tensors: Mapping[str, Tensor], prefix: str, norm: Tensor, block: Block) -> DenseWeights:
    gate_up = np.concatenate((tensors[f"{prefix}gate_proj.weight"], tensors[f"{prefix}up_proj.weight"]))
    return DenseWeights(block.panels(gate_up * norm), block.panels(tensors[f"{prefix}down_proj.weight"]))


def _experts(
    tensors: Mapping[str, Tensor], prefix: str, config: Config, norm: Tensor, block: Block
) -> ExpertWeights:
    each = [_dense(tensors, f"{prefix}experts.{number}.", norm, block) for number in range(config.experts)]
    return ExpertWeights(
        router=block.panels(tensors[f"{prefix}gate.weight"] * norm),
        bias=tensors[f"{prefix}gate.e_score_correction_bias"],
        gate_up=tuple(expert.gate_up for expert in each),
        down=tuple(expert.down for expert in each),
        width=len(tensors[f"{prefix}experts.0.gate_proj.weight"]),
        chosen=config.chosen,
        normalised=config.normalised,
    )


def _paired(weight: Tensor, heads: int, shape: Attention) -> Tensor:
    """Rows of each head reordered: dimension i and its partner i + rotary / 2 beside each other."""
    half = shape.rotary // 2
    pairs = np.arange(shape.rotary).reshape(2, half).T.ravel()
    order = np.concatenate((pairs, np.arange(shape.rotary, shape.key_width)))
    return weight.reshape(heads, shape.key_width, -1)[:, order].reshape(weight.shape)


def _shaped(weight: Tensor, *shape: int) -> Tensor:
    if weight.shape != shape:
        raise ValueError(f"a tensor of shape {weight.shape} where {shape} was expected")
    return weight


def _count(tensors: Mapping[str, Tensor], prefix: str) -> int:
    return len({name.removeprefix(prefix).split(".")[0] for name in tensors if name.startswith(prefix)})
