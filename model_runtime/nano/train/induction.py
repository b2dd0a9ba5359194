"""A model that copies before it has learned anything.

Everything nano does is copying: names, paths, lines. The circuit for it, an induction head (Olsson et al. 2022,
transformer-circuits.pub), is two attention layers that must find each other; from random weights that takes
millions of tokens, in which little else can be learned. So the weights begin with the circuit in place, as in
mimetic initialisation (Trockman and Kolter 2023, arXiv 2305.09828), and training goes on from there:

- layer 0, a sliding one, looks at the token before and the one before that, found by their rotary phase, and
  writes down which ones they were;
- the first global layer looks for places whose token before is the present token, rather where the one before
  that is the same too, and writes down what is there;
- the output reads what was written down.
"""

import torch

from model_runtime.nano.train.attention import Attention
from model_runtime.nano.train.model import Block, Nano
from model_runtime.nano.train.shape import GLOBAL

CONSTANT = 4.0
"""The first width of every embedding: what does not depend on the token, to attend by position alone."""
FEATURES = 47
"""Widths, behind the first, that tell tokens apart. As many follow for each of the two tokens before and for the
copied one."""
BEFORE_ONE, COPY, BEFORE_TWO = 1, 2, 3
"""The parts of the residual stream behind part 0, the token itself."""
FAINT = 0.2
"""The spread of an embedding's other widths, beside 1."""
BEFORE = 3.0
COPIED = 5.0
"""How strongly the tokens before and the one to copy are written down, beside the token itself at 1."""
PHASES = 4
"""Rotary frequencies that find the token before; the slower ones cannot tell it from its neighbours."""
SHARPNESS = 60.0
MATCH = 6.0
MATCHED_ONE = 20
"""Widths of a key that hold the token before; the rest, without those that rotate, hold the one before that."""
READ = 0.16


@torch.no_grad()
def begin_with_copying(model: Nano) -> None:
    """Set the embeddings, the output, and the attention of layer 0 and of the first global layer."""
    first, second = model.layers[0], model.layers[model.shape.pattern.index(GLOBAL)]
    assert isinstance(first, Block), "layers are blocks"
    assert isinstance(second, Block), "layers are blocks"
    embedding = model.embed_tokens.weight
    embedding.normal_(0, FAINT)
    embedding[:, 0] = CONSTANT
    embedding[:, _features(0)].normal_(0, 1.0)
    _look_at_the_tokens_before(first)
    _look_for_the_same(second)
    model.lm_head.weight.normal_(0, 0.01)
    model.lm_head.weight[:, _features(COPY)] = READ * embedding[:, _features(0)]


def _features(part: int) -> slice:
    """The widths of a part of the residual stream."""
    return slice(1 + part * FEATURES, 1 + (part + 1) * FEATURES)


def _look_at_the_tokens_before(block: Block) -> None:
    spans = _spans(block.self_attn.shape.value_width)
    for number, features in enumerate(spans):
        _look_back(block.self_attn, number, features, distance=1, to=BEFORE_ONE)
        _look_back(block.self_attn, len(spans) + number, features, distance=2, to=BEFORE_TWO)


def _look_back(attention: Attention, head: int, features: range, *, distance: int, to: int) -> None:
    shape = attention.shape
    half, strength = shape.rotary // 2, SHARPNESS**0.5 / CONSTANT
    rows = slice(head * shape.key_width, (head + 1) * shape.key_width)
    attention.q_proj.weight[rows] = 0
    attention.k_proj.weight[rows] = 0
    for phase in range(PHASES):
        angle = torch.tensor(distance * shape.sliding_theta ** (-phase / half))
        attention.q_proj.weight[rows.start + phase, 0] = strength
        attention.k_proj.weight[rows.start + phase, 0] = strength * angle.cos()
        attention.k_proj.weight[rows.start + half + phase, 0] = strength * angle.sin()
    _pass_on(attention, head, head, features, to=to, gain=BEFORE)


def _look_for_the_same(block: Block) -> None:
    attention = block.self_attn
    shape = attention.shape
    shared = shape.heads // attention.kv_heads
    spans = _spans(shape.value_width)
    for kv_head in range(attention.kv_heads):
        keys = attention.k_proj.weight[kv_head * shape.key_width : (kv_head + 1) * shape.key_width]
        queries = attention.q_proj.weight.view(shape.heads, shape.key_width, -1)
        heads = range(kv_head * shared, (kv_head + 1) * shared)
        keys.zero_()
        queries[heads.start : heads.stop] = 0
        middle = shape.rotary + MATCHED_ONE
        for rows, sought, held in (
            (slice(shape.rotary, middle), 0, BEFORE_ONE),
            (slice(middle, shape.key_width), BEFORE_ONE, BEFORE_TWO),
        ):
            pick = torch.linalg.qr(torch.randn(FEATURES, rows.stop - rows.start)).Q.T
            keys[rows, _features(held)] = MATCH / BEFORE * pick
            queries[heads.start : heads.stop, rows, _features(sought)] = (
                MATCH / (1 if sought == 0 else BEFORE) * pick
            )
        if kv_head < len(spans):
            for head in heads:
                _pass_on(attention, kv_head, head, spans[kv_head], to=COPY, gain=2 * COPIED / shared)


def _pass_on(attention: Attention, kv_head: int, head: int, features: range, *, to: int, gain: float) -> None:
    """Head `head` writes `features` of the token it looks at, through the values of `kv_head`, to part `to`."""
    shape = attention.shape
    values = slice(kv_head * shape.value_width, (kv_head + 1) * shape.value_width)
    outs = slice(head * shape.value_width, (head + 1) * shape.value_width)
    attention.v_proj.weight[values] = 0
    attention.o_proj.weight[:, outs] = 0
    for width, feature in enumerate(features):
        attention.v_proj.weight[values.start + width, _features(0).start + feature] = 1.0
        attention.o_proj.weight[_features(to).start + feature, outs.start + width] = gain / shape.value_scale


def _spans(width: int) -> list[range]:
    """The features, as many at a time as a head carries."""
    return [range(start, min(start + width, FEATURES)) for start in range(0, FEATURES, width)]
