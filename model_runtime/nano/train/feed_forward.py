"""The dense feed-forward layer, and the sigmoid-routed experts that replace it above the first layer."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_runtime.nano.train.shape import Shape

ROWS = 64
"""Experts are given multiples of it: oneDNN compiles a product anew for each number of rows that it has not seen
lately, and that took a seventh of the time."""


def narrowed(x: Tensor) -> Tensor:
    """In the precision that matrices are multiplied in: what several of them read is converted once."""
    return x.to(torch.get_autocast_dtype("cpu")) if torch.is_autocast_enabled("cpu") else x


class Dense(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden, shape.dense, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.dense, bias=False)
        self.down_proj = nn.Linear(shape.dense, shape.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = narrowed(x)
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Experts(nn.Module):
    """Each token goes to the `chosen` experts of the greatest sigmoid score plus bias; the bias balances the load
    and is no part of the weights (arXiv 2408.15664)."""

    bias: Tensor
    load: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.router = nn.Parameter(torch.empty(shape.experts, shape.hidden))
        self.gate_proj = nn.Parameter(torch.empty(shape.experts, shape.expert_width, shape.hidden))
        self.up_proj = nn.Parameter(torch.empty(shape.experts, shape.expert_width, shape.hidden))
        self.down_proj = nn.Parameter(torch.empty(shape.experts, shape.hidden, shape.expert_width))
        self.register_buffer("bias", torch.zeros(shape.experts))
        self.register_buffer("load", torch.zeros(shape.experts), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """x: [tokens, hidden]."""
        with torch.autocast("cpu", enabled=False):  # the choice is no matter of rounding
            scores = (x @ self.router.T).sigmoid()
        chosen = (scores.detach() + self.bias).topk(self.shape.chosen, dim=-1).indices
        weights = scores.gather(1, chosen)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        order = chosen.flatten().argsort(stable=True)
        counts = torch.bincount(chosen.flatten(), minlength=self.shape.experts)
        if self.training:
            self.load += counts
        slots, sizes = _filled_up(order, counts)
        tokens = slots.clamp(min=0) // self.shape.chosen
        rows = narrowed(x).index_select(0, tokens).split(sizes)
        # Unbound, not indexed: the gradient of an index is as large as what it was taken from.
        matrices = zip(self.gate_proj.unbind(), self.up_proj.unbind(), self.down_proj.unbind(), strict=True)
        out = [_expert(part, *each) for part, each in zip(rows, matrices, strict=True)]
        share = weights.flatten().index_select(0, slots.clamp(min=0)) * (slots >= 0)
        weighted = torch.cat(out) * share[:, None]
        return torch.zeros_like(x).index_add(0, tokens, weighted.float())

    @torch.no_grad()
    def balance(self, rate: float) -> None:
        """Push the bias of each expert towards an equal share of what it got since the last call."""
        self.bias += rate * (self.load.mean() - self.load).sign()
        self.load.zero_()


def _filled_up(order: Tensor, counts: Tensor) -> tuple[Tensor, list[int]]:
    """order: [rows], those of each expert behind one another; counts: [experts]. The same with -1 behind the rows
    of each, up to a multiple of `ROWS`, and how many each has then."""
    sizes = (counts + ROWS - 1) // ROWS * ROWS
    spare = (sizes - counts).cumsum(0) - (sizes - counts)
    slots = order.new_full((int(sizes.sum()),), -1)
    slots[torch.arange(len(order)) + spare.repeat_interleave(counts)] = order
    return slots, sizes.tolist()


def _expert(x: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:
    return (functional.silu(x @ gate.T) * (x @ up.T)) @ down.T
