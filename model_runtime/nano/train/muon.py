"""Muon: momentum whose matrices are made orthogonal before they are applied (Jordan et al. 2024,
kellerjordan.github.io/posts/muon).

It learns from about half the tokens that AdamW needs here. Matrices of one shape, the experts' among them, are
orthogonalised together: at this size a call costs more than its arithmetic.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic whose iteration drives all singular values towards 1, as the authors chose them."""
STEPS = 5


class Muon(torch.optim.Optimizer):
    """For weights of two or more dimensions; the last two are the matrix. `lr` is the step's spectral norm."""

    def __init__(self, groups: Iterable[dict[str, Any]], lr: float = 0.02, momentum: float = 0.95) -> None:
        super().__init__(list(groups), {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002 - torch's
        for group in self.param_groups:
            by_shape = defaultdict[torch.Size, list[Tensor]](list)
            for weight in group["params"]:
                if weight.grad is not None:
                    by_shape[weight.shape].append(weight)
            for weights in by_shape.values():
                self._step(weights, group["lr"], group["momentum"])

    def _step(self, weights: list[Tensor], lr: float, momentum: float) -> None:
        directions = []
        for weight in weights:
            state = self.state[weight]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(weight)
            assert weight.grad is not None, "weights without a gradient were left out"
            state["momentum"].lerp_(weight.grad, 1 - momentum)
            directions.append(weight.grad.lerp(state["momentum"], momentum))
        stacked = torch.stack(directions)
        rows, columns = stacked.shape[-2:]
        updates = orthogonal(stacked.reshape(-1, rows, columns)).view_as(stacked)
        scale = max(1.0, rows / columns) ** 0.5
        for weight, update in zip(weights, updates, strict=True):
            weight.add_(update, alpha=-lr * scale)


def orthogonal(matrices: Tensor) -> Tensor:
    """matrices: [n, rows, columns]. About the nearest matrix with all singular values 1, by Newton-Schulz."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.transpose(-1, -2) if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(STEPS):
        square = x @ x.transpose(-1, -2)
        x = a * x + (b * square + c * square @ square) @ x
    return x.transpose(-1, -2) if tall else x
