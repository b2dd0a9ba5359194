"""Speculative decoding with a chain of drafts (`--speculative-eagle-topk 1`): no trees.

A chain is the last committed token and its drafts: `width` tokens a request, flat over the batch.
"""

import torch
from torch import Tensor


def build_tree_kernel_efficient_cpu(
    _parents: Tensor,
    _selected: Tensor,
    seq_lens: Tensor,
    tree_mask: Tensor | None,
    positions: Tensor,
    retrieve_index: Tensor,
    next_token: Tensor,
    next_sibling: Tensor,
    topk: int,
    _depth: int,
    width: int,
    _mode: int,
) -> None:
    """The degenerate tree: each token's only child is the next one."""
    if topk != 1:
        raise NotImplementedError("the bridge to the CPU drafts chains alone: --speculative-eagle-topk 1")
    requests, step = seq_lens.numel(), torch.arange(width)
    positions.copy_((seq_lens[:, None] + step).reshape(-1))
    retrieve_index.copy_(torch.arange(requests)[:, None] * width + step)
    next_token.copy_(torch.where(step + 1 < width, step + 1, -1).expand(requests, width))
    next_sibling.fill_(-1)
    if tree_mask is not None and tree_mask.numel() == requests * width * width:
        tree_mask.view(requests, width, width).copy_(torch.ones(width, width).tril().bool())


def verify_tree_greedy_cpu(
    *,
    predicts: Tensor,
    accept_index: Tensor,
    accept_token_num: Tensor,
    candidates: Tensor,
    retrive_index: Tensor,
    retrive_next_token: Tensor,
    retrive_next_sibling: Tensor,
    target_predict: Tensor,
) -> None:
    """Accept drafts for as long as the model would have said the same.

    candidates, target_predict: (requests, width), the chain and what the model says after each of its tokens.
    Writes accept_token_num (drafts that were right), accept_index (flat places of the accepted, -1 beyond) and
    predicts (what the model says after each of those).
    """
    del retrive_next_token, retrive_next_sibling  # a chain needs no links
    right = (candidates[:, 1:] == target_predict[:, :-1]).int().cumprod(dim=1)
    drafts = right.sum(dim=1)
    accepted = torch.arange(candidates.shape[1])[None, :] <= drafts[:, None]
    accept_token_num.copy_(drafts)
    accept_index.copy_(torch.where(accepted, retrive_index, -1)[:, : accept_index.shape[1]])
    predicts[retrive_index[accepted].long()] = target_predict[accepted].to(predicts.dtype)


def rotate_input_ids_cpu(
    input_ids: Tensor, starts: Tensor, lengths: Tensor, new_tokens: Tensor, select_index: Tensor | None = None
) -> None:
    """Shift each request's tokens left by one; the new token takes the last place, or the one selected."""
    last = starts + lengths - 1 if select_index is None else select_index
    tokens = new_tokens.reshape(-1)
    for request, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
        if not length:
            continue
        input_ids[start : start + length - 1] = input_ids[start + 1 : start + length].clone()
        input_ids[int(last[request])] = tokens[request]


def fill_bonus_tokens_cpu(accept_tokens: Tensor, accept_lens: Tensor, bonus_tokens: Tensor, stride: int) -> None:
    """The last accepted token of each request: the model's own, which no draft proposed."""
    places = torch.arange(accept_lens.numel()) * stride + accept_lens.long() - 1
    bonus_tokens.copy_(accept_tokens.reshape(-1)[places])


def fill_accept_out_cache_loc_cpu(accept_index: Tensor, out_cache_loc: Tensor, accepted_loc: Tensor) -> None:
    """The slots of the accepted tokens, without gaps."""
    places = accept_index.reshape(-1)
    slots = out_cache_loc[places[places >= 0].long()]
    accepted_loc[: slots.numel()] = slots.to(accepted_loc.dtype)
