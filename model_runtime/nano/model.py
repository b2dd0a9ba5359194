"""The main model: token ids in, hidden states and logits out."""

from collections.abc import Sequence

import numpy as np

from model_runtime.nano.cache import LayerCache, layer_cache
from model_runtime.nano.config import Attention, Config
from model_runtime.nano.layers import Angles, layer, unit
from model_runtime.nano.products import Matrix, product
from model_runtime.nano.weights import Weights


class Model:
    """Stateless: what it has seen is in the caches that its caller hands over."""

    def __init__(self, config: Config, weights: Weights) -> None:
        self.config = config
        self.weights = weights
        self.angles = {shape: rotations(shape, config.context_length) for shape in set(config.attention)}

    def new_caches(self) -> list[LayerCache]:
        return [layer_cache(shape) for shape in self.config.attention]

    def forward(self, ids: Sequence[int], caches: list[LayerCache], position: int) -> Matrix:
        """The hidden states, after the last norm, of `ids`, whose first stands at `position`: [tokens, hidden].
        Their keys and values are in `caches` then."""
        eps = self.config.epsilon
        x = self.weights.embedding[np.asarray(ids)]
        for shape, weights, cache in zip(self.config.attention, self.weights.layers, caches, strict=True):
            x = layer(x, weights, cache, position, self.angles[shape], eps)
        return unit(x, eps) * self.weights.norm

    def logits(self, hidden: Matrix) -> Matrix:
        """hidden: [tokens, hidden]. Returns [tokens, vocabulary]."""
        return product(hidden, self.weights.head)


def rotations(shape: Attention, positions: int) -> Angles:
    """The turn of each pair of dimensions at each position, as complex numbers: [positions, 1, rotary / 2]."""
    frequencies = shape.theta ** -(np.arange(0, shape.rotary, 2) / shape.rotary)
    angles = np.arange(positions)[:, None, None] * frequencies
    turns: Angles = np.exp(1j * angles).astype(np.complex64)
    return turns
