"""Which slots of the cache belong to which token. `req_to_token`: (requests, longest context), a slot a token."""

import ctypes
from collections.abc import Iterator

from torch import Tensor


def assign_req_to_token_pool_cpu(
    req_pool_indices: Tensor,
    req_to_token: Tensor,
    start: Tensor,
    end: Tensor,
    out_cache_loc: Tensor,
    _pool_len: int,
) -> None:
    """Write new slots into each request's row, from `start` to `end`."""
    for row, first, last, at in _spans(req_pool_indices, start, end):
        req_to_token[row, first:last] = out_cache_loc[at : at + last - first].to(req_to_token.dtype)


def assign_extend_cache_locs_cpu(
    req_pool_indices: Tensor,
    req_to_token: Tensor,
    start: Tensor,
    end: Tensor,
    out_cache_loc: Tensor,
    _pool_len: int,
) -> None:
    """Read the slots of each request's row, from `start` to `end`."""
    for row, first, last, at in _spans(req_pool_indices, start, end):
        out_cache_loc[at : at + last - first] = req_to_token[row, first:last].to(out_cache_loc.dtype)


def assign_draft_cache_locs_contiguous_cpu(
    req_pool_indices: Tensor,
    req_to_token: Tensor,
    seq_lens: Tensor,
    out_cache_loc: Tensor,
    pool_len: int,
    topk: int,
    columns: int,
) -> None:
    """Read the slots of the drafts, which follow each request's tokens."""
    ends = seq_lens + topk * columns
    assign_extend_cache_locs_cpu(req_pool_indices, req_to_token, seq_lens, ends, out_cache_loc, pool_len)


def copy_all_layer_kv_cache_cpu(addresses: Tensor, strides: Tensor, target: Tensor, source: Tensor) -> None:
    """Copy slots inside every layer's buffer. addresses: where each begins; strides: bytes a slot. All are read
    before any is written, since source and target may overlap."""
    slots = list(zip(source.tolist(), target.tolist(), strict=True))
    for address, stride in zip(addresses.tolist(), strides.tolist(), strict=True):
        copies = [(address + to * stride, ctypes.string_at(address + at * stride, stride)) for at, to in slots]
        for place, data in copies:
            ctypes.memmove(place, data, stride)


def _spans(rows: Tensor, start: Tensor, end: Tensor) -> Iterator[tuple[int, int, int, int]]:
    """For each request its row, the first and the last column, and where its part of the flat list begins."""
    at = 0
    for row, first, last in zip(rows.tolist(), start.tolist(), end.tolist(), strict=True):
        yield row, first, last, at
        at += last - first
