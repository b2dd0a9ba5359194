"""The parts of a layer, each a function of rows: [tokens, hidden] in and out, in float32."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from model_runtime.nano.cache import LayerCache
from model_runtime.nano.weights import AttentionWeights, DenseWeights, ExpertWeights, LayerWeights, Matrix

Angles = NDArray[np.complex64]


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
    size /= x.shape[1]
    size += eps
    root: Matrix = np.sqrt(size, out=size)
    return x / root


def attention(
    x: Matrix, weights: AttentionWeights, cache: LayerCache, position: int, angles: Angles, last: int
) -> Matrix:
    shape = weights.shape
    tokens = len(x)
    groups = shape.heads // shape.kv_heads
    both: Matrix = (x @ weights.queries_keys).reshape(tokens, shape.heads + shape.kv_heads, shape.key_width)
    pairs = both[:, :, : shape.rotary].view(np.complex64)
    np.multiply(pairs, angles[position : position + tokens, None], out=pairs)
    values = (x @ weights.values).reshape(tokens, shape.kv_heads, shape.value_width)
    end = position + tokens
    cache.write(position, both[:, shape.heads :], values)
    keys, values = cache.read(end, last)

    # Query heads that share a key head are rows of one product: [kv_heads, groups * last, key_width].
    queries: Matrix = both[tokens - last :, : shape.heads].reshape(last, shape.kv_heads, groups, -1)
    queries = queries.transpose(1, 2, 0, 3).reshape(shape.kv_heads, groups * last, -1)
    scores: Matrix = (queries @ keys).reshape(shape.kv_heads, groups, last, keys.shape[2])
    if last > 1:
        hide_unseen(scores, shape.window)
    return mixed(scores, values, weights.sinks) @ weights.out


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
    kv_heads, groups, queries, keys = scores.shape
    top = scores.max(axis=-1, keepdims=True)
    if sinks is not None:
        at_sink = sinks[:, :, None, None]
        top = np.maximum(top, at_sink)
    scores -= top
    np.exp(scores, out=scores)
    total = np.add.reduce(scores, axis=-1, keepdims=True)
    if sinks is not None:
        total += np.exp(at_sink - top)
    sums: Matrix = scores.reshape(kv_heads, groups * queries, keys) @ values
    sums = sums.reshape(kv_heads, groups, queries, -1)
    sums /= total
    return sums.transpose(2, 0, 1, 3).reshape(queries, -1)


def dense_feed_forward(x: Matrix, weights: DenseWeights) -> Matrix:
    return gated(x @ weights.gate_up) @ weights.down


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
    scores = 1 / (1 + np.exp(-(x @ weights.router)))
    biased = scores + weights.bias
    least = np.partition(biased, -weights.chosen, axis=1)[:, -weights.chosen, None]
    share = scores * (biased >= least)
    if weights.normalised:
        share /= np.add.reduce(share, axis=1, keepdims=True)
    return few_rows(x, share, weights) if len(x) <= FEW else many_rows(x, share, weights)


FEW = 8
"""Up to so many rows each chosen expert takes them all: to pick some out costs more than to weigh them with
0."""


def few_rows(x: Matrix, share: Matrix, weights: ExpertWeights) -> Matrix:
    """share: [tokens, experts], 0 for experts that were not chosen."""
    used = np.flatnonzero(share.sum(axis=0))
    both = np.empty((len(used), len(x), weights.gate_up[0].shape[1]), np.float32)
    for row, expert in zip(both, used, strict=True):
        np.matmul(x, weights.gate_up[expert], out=row)
    inner = gated(both)
    inner *= share.T[used, :, None]
    out: Matrix = inner[0] @ weights.down[used[0]]
    for row, expert in zip(inner[1:], used[1:], strict=True):
        out += row @ weights.down[expert]
    return out


def many_rows(x: Matrix, share: Matrix, weights: ExpertWeights) -> Matrix:
    out = np.zeros_like(x)
    for expert, (gate_up, down) in enumerate(zip(weights.gate_up, weights.down, strict=True)):
        rows = np.flatnonzero(share[:, expert])
        if len(rows):
            out[rows] += (gated(x[rows] @ gate_up) * share[rows, expert, None]) @ down
    return out
