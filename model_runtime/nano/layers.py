"""The parts of a layer, each a function of rows: [tokens, hidden] in and out, in float32."""

import math
from functools import lru_cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from model_runtime.nano.cache import LayerCache
from model_runtime.nano.products import FEW, Matrix, product, product_of_each
from model_runtime.nano.weights import AttentionWeights, DenseWeights, ExpertWeights, LayerWeights

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

    # Query heads that share a key head go together: [kv_heads, groups * last, key_width].
    queries = both[tokens - last :, : shape.heads].reshape(last, shape.kv_heads, -1, shape.key_width)
    by_key_head = queries.transpose(1, 2, 0, 3).reshape(shape.kv_heads, -1, shape.key_width)
    scores = product_of_each(by_key_head, keys).reshape(shape.kv_heads, -1, last, keys.shape[2])
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
    kv_heads, groups, queries, keys = scores.shape
    sums = product_of_each(scores.reshape(kv_heads, -1, keys), values).reshape(kv_heads, groups, queries, -1)
    sums /= total
    return sums.transpose(2, 0, 1, 3).reshape(queries, -1)


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
    """Each expert's matrices are fetched once, for all the tokens that go through it. chosen, share: [tokens,
    experts a token]."""
    experts = chosen.ravel()
    if len(x) == 1:  # there is nothing to be put together
        parts = [(expert, slice(at, at + 1)) for at, expert in enumerate(experts.tolist())]
        out = through_experts(x.repeat(weights.chosen, axis=0), parts, share.T, weights)
    else:
        order = experts.argsort(kind="stable")
        parts = runs(experts[order].tolist())
        out = np.empty((len(experts), x.shape[1]), np.float32)
        out[order] = through_experts(x[order // weights.chosen], parts, share.ravel()[order, None], weights)
    summed: Matrix = np.add.reduce(out.reshape(len(x), weights.chosen, -1), axis=1)
    return summed


def runs(experts: list[int]) -> list[tuple[int, slice]]:
    """Each of the experts, and where its rows are; those of one stand together."""
    found, start = list[tuple[int, slice]](), 0
    for expert, same in groupby(experts):
        end = start + sum(1 for _ in same)
        found.append((expert, slice(start, end)))
        start = end
    return found


def through_experts(rows: Matrix, parts: list[tuple[int, slice]], share: Matrix, weights: ExpertWeights) -> Matrix:
    """rows: [n, hidden], each part of them through its expert. share: [n, 1], by which each row counts."""
    both = np.empty((len(rows), 2 * weights.width), np.float32)
    for expert, part in parts:
        product(rows[part], weights.gate_up[expert], both[part])
    inner = gated(both)
    inner *= share
    out = np.empty_like(rows)
    for expert, part in parts:
        product(inner[part], weights.down[expert], out[part])
    return out


def many_rows(x: Matrix, chosen: Chosen, share: Matrix, weights: ExpertWeights) -> Matrix:
    """Each expert takes all the rows that have chosen it at once."""
    out = np.zeros_like(x)
    for expert, (gate_up, down) in enumerate(zip(weights.gate_up, weights.down, strict=True)):
        rows, at = np.nonzero(chosen == expert)
        if len(rows):
            out[rows] += product(gated(product(x[rows], gate_up)) * share[rows, at, None], down)
    return out
