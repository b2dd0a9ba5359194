"""Attention over the paged cache, for prefill, verification and decoding; grouped heads, windows and sinks."""

import torch
from torch import Tensor


def attend(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    positions: Tensor,
    *,
    scale: float,
    window: int,
    sinks: Tensor | None,
) -> Tensor:
    """Causal attention of one request.

    query: (queries, heads, width). keys, values: (tokens, key heads, width), the request's whole context.
    positions: (queries,), each query's place in it. window: tokens that a query sees, itself among them; all if
    it is not positive. sinks: (heads,), a logit that takes part in the softmax and has no value.
    Returns (queries, heads, value width).
    """
    queries, heads, _ = query.shape
    tokens, key_heads, _ = keys.shape
    grouped = query.float().reshape(queries, key_heads, heads // key_heads, -1)
    logits = torch.einsum("qkgw,tkw->kgqt", grouped, keys.float()) * scale
    behind = positions[:, None] - torch.arange(tokens)[None, :]
    hidden = behind < 0
    if window > 0:
        hidden |= behind >= window
    logits.masked_fill_(hidden, float("-inf"))
    if sinks is not None:
        column = sinks.float().reshape(key_heads, -1, 1, 1).expand(-1, -1, queries, 1)
        logits = torch.cat((logits, column), dim=-1)
    weights = logits.softmax(dim=-1)[..., :tokens]
    return torch.einsum("kgqt,tkv->qkgv", weights, values.float()).reshape(queries, heads, -1).to(query.dtype)


def extend_attention_cpu(
    query: Tensor,
    _key: Tensor,
    _value: Tensor,
    out: Tensor,
    key_buffer: Tensor,
    value_buffer: Tensor,
    _key_scale: float,
    _value_scale: float,
    req_to_token: Tensor,
    req_pool_indices: Tensor,
    seq_lens: Tensor,
    extend_seq_lens: Tensor,
    extend_start_loc: Tensor,
    _max_extend_len: int,
    scale: float,
    _logit_cap: float,
    _is_cross_attention: bool,
    window: int,
    _encoder_lens: Tensor | None,
    sinks: Tensor | None,
    tree_mask: Tensor | None,
    _is_causal: bool,
) -> None:
    """Several new tokens of each request; their keys and values are in the buffers already."""
    if tree_mask is not None:
        raise NotImplementedError("the bridge to the CPU verifies chains alone: --speculative-eagle-topk 1")
    lengths = zip(seq_lens.tolist(), extend_seq_lens.tolist(), extend_start_loc.tolist(), strict=True)
    for row, (length, new, start) in zip(req_pool_indices.tolist(), lengths, strict=True):
        slots = req_to_token[row, :length].long()
        out[start : start + new] = attend(
            query[start : start + new],
            key_buffer[slots],
            value_buffer[slots],
            torch.arange(length - new, length),
            scale=scale,
            window=window,
            sinks=sinks,
        )


def decode_attention_cpu(
    query: Tensor,
    key_buffer: Tensor,
    value_buffer: Tensor,
    _key_scale: float,
    _value_scale: float,
    out: Tensor,
    key: Tensor | None,
    value: Tensor | None,
    cache_loc: Tensor,
    _attn_logits: Tensor,
    req_to_token: Tensor,
    req_pool_indices: Tensor,
    seq_lens: Tensor,
    scale: float,
    _logit_cap: float,
    _is_cross_attention: bool,
    window: int,
    _encoder_lens: Tensor | None,
    sinks: Tensor | None,
) -> None:
    """One new token of each request, whose key and value are written here unless that was done before."""
    if key is not None and value is not None:
        for buffer, new in ((key_buffer, key), (value_buffer, value)):
            buffer[cache_loc.long()] = new.reshape(-1, *buffer.shape[1:]).to(buffer.dtype)
    for request, (row, length) in enumerate(zip(req_pool_indices.tolist(), seq_lens.tolist(), strict=True)):
        slots = req_to_token[row, :length].long()
        out[request] = attend(
            query[request : request + 1],
            key_buffer[slots],
            value_buffer[slots],
            torch.tensor([length - 1]),
            scale=scale,
            window=window,
            sinks=sinks,
        )[0]
