"""Attention of many sessions that share one head.

Every session begins with the same system prompt and tool descriptions. Their keys and values are computed once a
step and read by all sessions of the batch, with gradients: exact, and an eighth of the cost.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_runtime.nano.train.feed_forward import narrowed
from model_runtime.nano.train.shape import SLIDING, Shape

QUERIES = 256
"""Queries that attend to the same keys at once on global layers."""


class Positions:
    """Cosines and sines of the rotary embedding, [tokens, rotary / 2], one pair for each kind of layer."""

    def __init__(self, shape: Shape, tokens: int) -> None:
        self.tables = [self._table(shape, theta, tokens) for theta in (shape.global_theta, shape.sliding_theta)]

    @staticmethod
    def _table(shape: Shape, theta: float, tokens: int) -> tuple[Tensor, Tensor]:
        frequencies = 1.0 / theta ** (torch.arange(0, shape.rotary, 2, dtype=torch.float) / shape.rotary)
        angles = torch.arange(tokens, dtype=torch.float)[:, None] * frequencies
        return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x: [..., tokens, width]; the first 2 * cos.shape[-1] widths are rotated, halves against each other."""
    half = cos.shape[-1]
    left, right, rest = x.split([half, half, x.shape[-1] - 2 * half], dim=-1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin, rest), dim=-1)


def compile_sliding() -> None:
    """Have torch compile the attention of sliding layers from here on: beside multiplying it moves the scores
    through memory, many times. Needs a C++ compiler, and half a minute."""
    Attention._sliding = torch.compile(Attention._sliding, dynamic=True)  # type: ignore[method-assign]


class Attention(nn.Module):
    def __init__(self, shape: Shape, kind: int) -> None:
        super().__init__()
        self.shape, self.kind = shape, kind
        self.kv_heads = shape.kv_heads(kind)
        self.q_proj = nn.Linear(shape.hidden, shape.heads * shape.key_width, bias=False)
        self.k_proj = nn.Linear(shape.hidden, self.kv_heads * shape.key_width, bias=False)
        self.v_proj = nn.Linear(shape.hidden, self.kv_heads * shape.value_width, bias=False)
        self.o_proj = nn.Linear(shape.heads * shape.value_width, shape.hidden, bias=False)
        if kind == SLIDING:
            self.attention_sink_bias = nn.Parameter(torch.zeros(shape.heads))

    def forward(self, x: Tensor, head: int, batch: int, positions: Positions) -> Tensor:
        """x: [head + batch * session, hidden]: the shared head's tokens, then those of each session."""
        cos, sin = positions.tables[self.kind]
        x, sizes = narrowed(x), [head, x.shape[0] - head]
        # Split, not sliced: the gradient of a slice is as large as what it was cut from.
        q, k, v = (project(x).split(sizes) for project in (self.q_proj, self.k_proj, self.v_proj))
        hq, hk, hv = self._parted(q[0], k[0], v[0], 1, cos[:head], sin[:head])
        end = head + sizes[1] // batch
        parted = self._parted(q[1], k[1], v[1], batch, cos[head:end], sin[head:end])
        attend = self._sliding if self.kind == SLIDING else self._global
        over_head, over_all = attend(hq, hk, hv, None), attend(*parted, (hk, hv))
        return self.o_proj(torch.cat([self._flat(over_head), self._flat(over_all)]))

    def _parted(
        self, q: Tensor, k: Tensor, v: Tensor, batch: int, cos: Tensor, sin: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values by head: [batch, heads, tokens, width]."""
        shape, tokens = self.shape, len(cos)
        q = q.view(batch, tokens, shape.heads, shape.key_width).transpose(1, 2)
        k = k.view(batch, tokens, self.kv_heads, shape.key_width).transpose(1, 2)
        v = v.view(batch, tokens, self.kv_heads, shape.value_width).transpose(1, 2)
        k, v = self._repeated(rotate(k, cos, sin)), self._repeated(v * shape.value_scale)
        return rotate(q, cos, sin), k, v

    def _repeated(self, x: Tensor) -> Tensor:
        times = self.shape.heads // self.kv_heads
        return x if times == 1 else x.repeat_interleave(times, dim=1)

    def _flat(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).reshape(-1, self.shape.heads * self.shape.value_width)

    def _global(self, q: Tensor, k: Tensor, v: Tensor, head: tuple[Tensor, Tensor] | None) -> Tensor:
        """In blocks of queries, so that little of what causality hides is computed."""
        # The fused kernel wants values as wide as keys.
        v = functional.pad(v, (0, self.shape.key_width - self.shape.value_width))
        if head is None:
            alone = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return alone[..., : self.shape.value_width]
        before, batch = head[0].shape[2], len(q)
        head_v = functional.pad(head[1], (0, self.shape.key_width - self.shape.value_width))
        k = torch.cat((head[0].expand(batch, -1, -1, -1), k), dim=2)
        v = torch.cat((head_v.expand(batch, -1, -1, -1), v), dim=2)
        out, start = list[Tensor](), before
        for block in q.split(QUERIES, dim=2):
            end = start + block.shape[2]
            mask = torch.ones(end - start, end, dtype=torch.bool).tril(start)
            out.append(
                functional.scaled_dot_product_attention(block, k[:, :, :end], v[:, :, :end], attn_mask=mask)
            )
            start = end
        return torch.cat(out, dim=2)[..., : self.shape.value_width]

    def _sliding(self, q: Tensor, k: Tensor, v: Tensor, head: tuple[Tensor, Tensor] | None) -> Tensor:
        """In blocks of half a window: a block of queries sees its own block of keys and two before it."""
        window, size = self.shape.window, self.shape.window // 2
        batch, heads, tokens, _ = q.shape
        blocks = math.ceil(tokens / size)
        k, v = self._with_window(k, head[0] if head else None), self._with_window(v, head[1] if head else None)
        spare = blocks * size - tokens
        q = functional.pad(q, (0, 0, 0, spare)).view(batch, heads, blocks, size, -1)
        k, v = (self._seen(functional.pad(x, (0, 0, 0, spare)), blocks, size) for x in (k, v))
        scores = q @ k.transpose(-1, -2) * self.shape.key_width**-0.5
        row, column = torch.arange(size)[:, None], torch.arange(window + size)[None]
        hidden = (column < row) | (column > row + window)
        if head is None:
            place = torch.arange(blocks)[:, None, None] * size + column
            hidden = hidden | (place < window)
        scores = scores.masked_fill(hidden, -torch.inf)
        sink = self.attention_sink_bias.view(1, heads, 1, 1, 1).expand(batch, -1, blocks, size, 1)
        weights = torch.cat((scores, sink), dim=-1).softmax(dim=-1)[..., :-1]
        return (weights @ v).reshape(batch, heads, blocks * size, -1)[:, :, :tokens]

    def _with_window(self, x: Tensor, head: Tensor | None) -> Tensor:
        """Put what the window sees before the first token in front of x."""
        window = self.shape.window
        if head is None:
            return functional.pad(x, (0, 0, window, 0))
        before = head[:, :, -window:]
        before = functional.pad(before, (0, 0, window - before.shape[2], 0))
        return torch.cat((before.expand(len(x), -1, -1, -1), x), dim=2)

    def _seen(self, x: Tensor, blocks: int, size: int) -> Tensor:
        """[batch, heads, window + blocks * size, width] to [batch, heads, blocks, window + size, width]."""
        split = x.view(*x.shape[:2], blocks + 2, size, x.shape[-1])
        return torch.cat((split[:, :, :-2], split[:, :, 1:-1], split[:, :, 2:]), dim=3)
