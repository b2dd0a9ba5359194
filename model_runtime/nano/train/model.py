"""The model in torch, as it is trained. `model_runtime.nano` runs it without torch."""

import torch
from torch import Tensor, nn

from model_runtime.nano.train.attention import Attention, Positions
from model_runtime.nano.train.feed_forward import Dense, Experts
from model_runtime.nano.train.shape import SLIDING, Shape


class Block(nn.Module):
    def __init__(self, shape: Shape, kind: int, *, dense: bool) -> None:
        super().__init__()
        self.input_layernorm = nn.RMSNorm(shape.hidden, eps=shape.epsilon)
        self.self_attn = Attention(shape, kind)
        self.post_attention_layernorm = nn.RMSNorm(shape.hidden, eps=shape.epsilon)
        self.mlp: Dense | Experts = Dense(shape) if dense else Experts(shape)

    def forward(self, x: Tensor, head: int, batch: int, positions: Positions) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), head, batch, positions)
        return x + self.mlp(self.post_attention_layernorm(x))


class Drafter(nn.Module):
    """One MTP layer: from the hidden state at a token and the embedding of the next, the hidden state that
    predicts the one after it (technical report, section 2.3; DeepSeek-V3, section 2.2)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.enorm = nn.RMSNorm(shape.hidden, eps=shape.epsilon)
        self.hnorm = nn.RMSNorm(shape.hidden, eps=shape.epsilon)
        self.eh_proj = nn.Linear(2 * shape.hidden, shape.hidden, bias=False)
        self.block = Block(shape, SLIDING, dense=True)
        self.final_layernorm = nn.RMSNorm(shape.hidden, eps=shape.epsilon)

    def forward(self, hidden: Tensor, embedded: Tensor, head: int, batch: int, positions: Positions) -> Tensor:
        joined = self.eh_proj(torch.cat((self.enorm(embedded), self.hnorm(hidden)), dim=-1))
        return self.final_layernorm(self.block(joined.float(), head, batch, positions))


class Nano(nn.Module):
    def __init__(self, shape: Shape, tokens: int = 4096) -> None:
        """`tokens` is the longest head and session together."""
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.hidden)
        self.layers = nn.ModuleList(
            Block(shape, kind, dense=number == 0) for number, kind in enumerate(shape.pattern)
        )
        self.norm = nn.RMSNorm(shape.hidden, eps=shape.epsilon)
        self.lm_head = nn.Linear(shape.hidden, shape.vocabulary, bias=False)
        self.mtp = nn.ModuleList(Drafter(shape) for _ in range(shape.mtp_layers))
        self.positions = Positions(shape, tokens)
        self._initialise()

    def forward(self, head: Tensor, sessions: Tensor) -> Tensor:
        """head: [tokens] ids, sessions: [batch, tokens] ids. The hidden states after the final norm, flat:
        [head + batch * session, hidden]."""
        x = self.embed_tokens(torch.cat((head, sessions.flatten())))
        for layer in self.layers:
            x = layer(x, len(head), len(sessions), self.positions)
        return self.norm(x)

    def drafts(self, hidden: Tensor, head: Tensor, sessions: Tensor) -> list[Tensor]:
        """The hidden states of each MTP layer, flat as `forward` gives them. Layer k at token t takes the main
        model's `hidden` there and the embedding of token t + k + 1, and predicts t + k + 2, as SGLang 0.5.23 runs
        this model; the last ones of a session have no such token and mean nothing."""
        states, ahead_of_head, ahead = [], head, sessions
        for layer in self.mtp:
            first = sessions[0, 0] if len(sessions) else head[-1]
            ahead_of_head = torch.cat((ahead_of_head[1:], first[None]))
            ahead = torch.cat((ahead[:, 1:], torch.zeros_like(ahead[:, :1])), dim=1)
            embedded = self.embed_tokens(torch.cat((ahead_of_head, ahead.flatten())))
            states.append(layer(hidden, embedded, len(head), len(sessions), self.positions))
        return states

    @torch.no_grad()
    def _initialise(self) -> None:
        for name, weight in self.named_parameters():
            if weight.dim() < 2:
                continue
            if name.endswith(("o_proj.weight", "down_proj.weight", "mlp.down_proj")):
                weight.zero_()
            elif "embed_tokens" in name:
                weight.normal_(0, 1.0)
            elif "router" in name:
                weight.normal_(0, 0.02)
            elif "lm_head" in name:
                weight.zero_()
            else:
                weight.normal_(0, weight.shape[-1] ** -0.5)
