"""The parts of a layer, each a function of rows: [tokens, hidden] in and out, in float32."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from model_runtime.nano.cache import LayerCache
from model_runtime.nano.weights import AttentionWeights, DenseWeights, ExpertWeights, LayerWeights, Matrix

Angles = NDArray[np.complex64]
Chosen = NDArray[np.intp]


def layer(
    x: Matrix, weights: LayerWeights, cache: LayerCache, position: int, angles: Angles, eps: float
) -> Matrix:
    """The last rows of `x` after one layer: as many as there are rows of `x`."""
    return layer_of_last(x, weights, cache, position, angles, eps, len(x))


def layer_of_last(
    x: Matrix, weights: LayerWeights, cache: LayerCache, position: int, angles: Angles, eps: float, last: int
) -> Matrix:
    """One layer over the rows of `x`, tokens from `position` on; all leave keys and values in `cache`, and the
    `last` rows go on: [last, hidden]."""
    x = x[len(x) - last :] + attention(unit(x, eps), weights.attention, cache, position, angles, last)
    normed = unit(x, eps)
    match weights.feed_forward:
        case DenseWeights() as dense:
            return x + dense_feed_forward(normed, dense)
        case ExpertWeights() as experts:
            return x + routed_feed_forward(normed, experts)


def unit(x: Matrix, eps: float) -> Matrix:
    """RMS norm without its weights, which are folded into the matrices that read it."""
    size = np.vecdot(x, x)[:, None]
    size *= np.float32(1 / x.shape[1])
    size += np.float32(eps)
    root: Matrix = np.sqrt(size, out=size)
    return x / root


FEW = 16
"""Rows of a pass that generates, as opposed to one that reads a prompt."""


def product(rows: Matrix, matrix: Matrix) -> Matrix:
    """[..., rows, in] times [..., in, out]. Few rows go through the matrix one after the other: the first one
    fetches it from memory, the others find it near the processor, and that is faster than a product of two
    matrices, which begins with a copy of the larger one. Also, what becomes of a row does then not depend on
    how many others there are."""
    out: Matrix = np.vecmat(rows, matrix[..., None, :, :]) if rows.shape[-2] <= FEW else rows @ matrix
    return out


def attention(
    x: Matrix, weights: AttentionWeights, cache: LayerCache, position: int, angles: Angles, last: int
) -> Matrix:
    """Of the `last` rows: [last, hidden]. angles: [positions, 1, rotary / 2]."""
    shape = weights.shape
    tokens, end = len(x), position + len(x)
    turned = (shape.heads + shape.kv_heads) * shape.key_width
    together = product(x, weights.queries_keys_values)
    both = together[:, :turned].reshape(tokens, shape.heads + shape.kv_heads, shape.key_width)
    pairs = both[:, :, : shape.rotary].view(np.complex64)
    np.multiply(pairs, angles[position:end], out=pairs)
    values = together[:, turned:].reshape(tokens, shape.kv_heads, shape.value_width)
    cache.write(position, both[:, shape.heads :], values)
    keys, values = cache.read(end, last)

    # Query heads that share a key head: [kv_heads, groups, last, key_width].
    queries = both[tokens - last :, : shape.heads].reshape(last, shape.kv_heads, -1, shape.key_width)
    scores = product(queries.transpose(1, 2, 0, 3), keys[:, None])
    if last > 1:
        hide_unseen(scores, shape.window)
    return product(mixed(scores, values, weights.sinks), weights.out)


def hide_unseen(scores: Matrix, window: int) -> None:
    """scores: [..., queries, keys], of which the last key is the last query's own token. A query sees no later
    token, and where there is a window none further back than that."""
    queries, keys = scores.shape[-2:]
    if window:
        scores += band(queries, window)[:, queries + window - keys :]
    else:
        scores[..., keys - queries :] += band(queries, 0)


@lru_cache(maxsize=16)
def band(queries: int, window: int) -> Matrix:
    """0 where a query sees a key, -inf elsewhere: [queries, window + queries]."""
    seen = np.tri(queries, window + queries, window, dtype=bool)
    if window:
        seen &= ~np.tri(queries, window + queries, -1, dtype=bool)
    return np.where(seen, np.float32(0), np.float32(-math.inf))


def mixed(scores: Matrix, values: Matrix, sinks: Matrix | None) -> Matrix:
    """The values weighed by the softmax of scores [kv_heads, groups, queries, keys]: [queries, heads * width].
    A sink takes its part of the weight and adds nothing."""
    top = np.maximum.reduce(scores, axis=-1, keepdims=True)
    if sinks is not None:
        np.maximum(top, sinks, out=top)
    scores -= top
    np.exp(scores, out=scores)
    total = np.add.reduce(scores, axis=-1, keepdims=True)
    if sinks is not None:
        total += np.exp(sinks - top)
    sums = product(scores, values[:, None])
    sums /= total
    return sums.transpose(2, 0, 1, 3).reshape(scores.shape[2], -1)


def dense_feed_forward(x: Matrix, weights: DenseWeights) -> Matrix:
    return product(gated(product(x, weights.gate_up)), weights.down)


def gated(both: Matrix) -> Matrix:
    """silu(gate) * up of [..., gate | up]."""
    width = both.shape[-1] // 2
    gate, up = both[..., :width], both[..., width:]
    out = np.negative(gate)
    np.exp(out, out=out)
    out += 1
    np.divide(gate, out, out=out)
    out *= up
    return out


def routed_feed_forward(x: Matrix, weights: ExpertWeights) -> Matrix:
    """Each token goes to the experts of the greatest score plus bias; the bias is for the choice alone."""
    one = np.float32(1)
    scores = one / (one + np.exp(-product(x, weights.router)))
    chosen = np.argpartition(scores + weights.bias, -weights.chosen, axis=1)[:, -weights.chosen :]
    share: Matrix = scores[np.arange(len(x))[:, None], chosen]
    if weights.normalised:
        share /= np.add.reduce(share, axis=1, keepdims=True)
    return (few_rows if len(x) <= FEW else many_rows)(x, chosen, share, weights)


def few_rows(x: Matrix, chosen: Chosen, share: Matrix, weights: ExpertWeights) -> Matrix:
    """Each token through each of its experts by itself; those of one expert after each other, while its matrices
    are near the processor. chosen, share: [tokens, experts a token]."""
    experts = chosen.ravel().tolist()
    order = sorted(range(len(experts)), key=experts.__getitem__)
    both = np.empty((len(experts), weights.gate_up[0].shape[1]), np.float32)
    for at in order:
        np.dot(x[at // weights.chosen], weights.gate_up[experts[at]], out=both[at])
    inner = gated(both)
    inner *= share.reshape(-1, 1)
    out = np.empty((len(experts), x.shape[1]), np.float32)
    for at in order:
        np.dot(inner[at], weights.down[experts[at]], out=out[at])
    summed: Matrix = np.add.reduce(out.reshape(len(x), weights.chosen, -1), axis=1)
    return summed


def many_rows(x: Matrix, chosen: Chosen, share: Matrix, weights: ExpertWeights) -> Matrix:
    """Each expert takes all the rows that have chosen it at once."""
    out = np.zeros_like(x)
    for expert, (gate_up, down) in enumerate(zip(weights.gate_up, weights.down, strict=True)):
        rows, at = np.nonzero(chosen == expert)
        out[rows] += (gated(x[rows] @ gate_up) * share[rows, at, None]) @ down
    return out
