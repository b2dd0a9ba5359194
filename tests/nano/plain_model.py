"""The model as the papers write it: one sequence, no cache, nothing folded, in float64. Slow and short."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_runtime.nano.safetensors import Tensor

Rows = NDArray[np.float64]


class PlainModel:
    def __init__(self, tensors: dict[str, Tensor], sizes: dict[str, Any]) -> None:
        self.weights = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
        self.sizes = sizes

    def hidden(self, ids: list[int]) -> Rows:
        """After the last norm: [tokens, hidden]."""
        x = self.weights["model.embed_tokens.weight"][ids]
        for number, kind in enumerate(self.sizes["hybrid_layer_pattern"]):
            prefix = f"model.layers.{number}."
            x = x + self.attention(self.norm(x, f"{prefix}input_layernorm"), prefix, "swa_" if kind else "")
            inner = self.norm(x, f"{prefix}post_attention_layernorm")
            sparse = self.sizes["moe_layer_freq"][number]
            x = x + (self.experts if sparse else self.dense)(inner, f"{prefix}mlp.")
        return self.norm(x, "model.norm")

    def logits(self, ids: list[int]) -> Rows:
        return self.hidden(ids) @ self.weights["lm_head.weight"].T

    def drafted(self, ids: list[int], number: int) -> Rows:
        """The logits of MTP layer `number` for each token that has one `number + 1` further on in `ids`."""
        prefix = f"model.mtp.layers.{number}."
        ahead = self.weights["model.embed_tokens.weight"][ids[number + 1 :]]
        hidden = self.hidden(ids)[: len(ahead)]
        joined = np.concatenate((self.norm(ahead, f"{prefix}enorm"), self.norm(hidden, f"{prefix}hnorm")), axis=1)
        x = joined @ self.weights[f"{prefix}eh_proj.weight"].T
        x = x + self.attention(self.norm(x, f"{prefix}input_layernorm"), prefix, "swa_")
        x = x + self.dense(self.norm(x, f"{prefix}pre_mlp_layernorm"), f"{prefix}mlp.")
        return self.norm(x, f"{prefix}final_layernorm") @ self.weights["lm_head.weight"].T

    def norm(self, x: Rows, name: str) -> Rows:
        size = np.sqrt(np.square(x).mean(axis=1, keepdims=True) + self.sizes["layernorm_epsilon"])
        scaled: Rows = x / size * self.weights[f"{name}.weight"]
        return scaled

    def attention(self, x: Rows, prefix: str, kind: str) -> Rows:
        own = f"{prefix}self_attn."
        heads, kv_heads = self.sizes[f"{kind}num_attention_heads"], self.sizes[f"{kind}num_key_value_heads"]
        queries = (x @ self.weights[f"{own}q_proj.weight"].T).reshape(len(x), heads, -1)
        keys = (x @ self.weights[f"{own}k_proj.weight"].T).reshape(len(x), kv_heads, -1)
        values = (x @ self.weights[f"{own}v_proj.weight"].T).reshape(len(x), kv_heads, -1)
        values = values * self.sizes["attention_value_scale"]
        theta = self.sizes[f"{kind}rope_theta"]
        queries, keys = self.rotated(queries, theta), self.rotated(keys, theta)
        position = np.arange(len(x))
        unseen = position[None] > position[:, None]
        if kind:
            unseen |= position[None] < position[:, None] - self.sizes["sliding_window_size"]
        out = np.empty((len(x), heads, values.shape[2]))
        for head in range(heads):
            shared = head // (heads // kv_heads)
            scores = queries[:, head] @ keys[:, shared].T / np.sqrt(queries.shape[2])
            weight = np.exp(np.where(unseen, -np.inf, scores))
            total = weight.sum(axis=1, keepdims=True)
            if kind:
                total += np.exp(self.weights[f"{own}attention_sink_bias"][head])
            out[:, head] = weight / total @ values[:, shared]
        return out.reshape(len(x), -1) @ self.weights[f"{own}o_proj.weight"].T

    def rotated(self, x: Rows, theta: float) -> Rows:
        width = int(x.shape[2] * self.sizes["partial_rotary_factor"])
        half = width // 2
        angles = np.arange(len(x))[:, None] * theta ** -(np.arange(half) / half)
        cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
        left, right = x[..., :half], x[..., half:width]
        return np.concatenate((left * cos - right * sin, right * cos + left * sin, x[..., width:]), axis=2)

    def dense(self, x: Rows, prefix: str) -> Rows:
        gate = x @ self.weights[f"{prefix}gate_proj.weight"].T
        up = x @ self.weights[f"{prefix}up_proj.weight"].T
        return gate / (1 + np.exp(-gate)) * up @ self.weights[f"{prefix}down_proj.weight"].T

    def experts(self, x: Rows, prefix: str) -> Rows:
        out = np.zeros_like(x)
        for token, row in enumerate(x):
            scores = 1 / (1 + np.exp(-self.weights[f"{prefix}gate.weight"] @ row))
            biased = scores + self.weights[f"{prefix}gate.e_score_correction_bias"]
            chosen = np.argsort(-biased)[: self.sizes["num_experts_per_tok"]]
            for expert in chosen:
                share = scores[expert] / scores[chosen].sum()
                out[token] += share * self.dense(row[None], f"{prefix}experts.{expert}.")[0]
        return out
