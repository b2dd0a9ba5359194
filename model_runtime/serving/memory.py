"""The memory of one GPU, split into parts that add up to the whole, and the tokens that fit."""

from dataclasses import dataclass

from model_runtime.serving.card import Card
from model_runtime.serving.gpus import Gpu
from model_runtime.serving.parallel import Split
from model_runtime.serving.reserve import static_bytes


@dataclass(frozen=True)
class TokenCost:
    """Bytes of cache on one GPU. full: a token of context, in the model's global layers and in a block drafter's.
    sliding: a slot of a sliding window. draft: what the MTP layers add to a slot."""

    full: int
    sliding: int
    draft: int

    @staticmethod
    def of(card: Card, attention_tp: int) -> "TokenCost":
        """The MTP layers are sliding-window layers of the same shape, and have a pool of their own. A block
        drafter's pool has as many slots as the global one (SGLang 0.5.23, `_dflash_draft_cell_size`)."""
        layers, sliding = card.global_layers, card.sliding_layers
        one = sliding.model_copy(update={"count": 1}) if sliding else None
        drafts = card.mtp.layers if card.mtp and card.speculation == "mtp" else 0
        if one is None and layers is not None:
            one = layers.model_copy(update={"count": 1})
        drafter = card.drafter.layers if card.drafter and card.speculation == "dflash" else None
        return TokenCost(
            full=sum(each.kv_bytes(attention_tp) for each in (layers, drafter) if each),
            sliding=sliding.kv_bytes(attention_tp) if sliding else 0,
            draft=drafts * one.kv_bytes(attention_tp) if one else 0,
        )

    def per_context_token(self, ratio: float) -> float:
        """Bytes that one token of context costs where a sliding pool of `ratio` times the global pool stands
        beside it. Without the draft's share."""
        return self.full + ratio * self.sliding


@dataclass(frozen=True)
class GpuMemory:
    """Bytes of one GPU. The parts add up to `total`. mtp: the MTP layers or the block drafter, with their cache.
    states: of linear attention. full_tokens: tokens of context in the pool of one attention group; sliding_tokens:
    slots for sliding-window layers. short: bytes that are missing, 0 if the weights fit."""

    total: int
    weights: int
    mtp: int
    kv_global: int
    kv_sliding: int
    states: int
    workspace: int
    taken: int
    free: int
    full_tokens: int
    sliding_tokens: int
    short: int = 0

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        return (
            ("weights", self.weights),
            ("drafts, with their cache", self.mtp),
            ("KV, global attention", self.kv_global),
            ("KV, sliding windows", self.kv_sliding),
            ("states of linear attention", self.states),
            ("graphs and workspace", self.workspace),
            ("taken by others", self.taken),
            ("free", self.free),
        )


def weights_per_gpu(card: Card, precision: str, split: Split) -> int:
    """Bytes: an even share, and once more what attention data parallelism repeats."""
    repeated = card.attention_bytes(precision) * (split.attention_dp - 1)
    return _up(card.weights[precision] + repeated, split.tp)


def gpu_memory(card: Card, precision: str, split: Split, gpu: Gpu, ratio: float) -> GpuMemory:
    """Fill one GPU as SGLang 0.5.23 does (`HybridSWAPoolConfigurator`): the static share less the weights is the
    cache, shared so that the sliding pool has `ratio` times the slots of the global pool. The draft's cache is
    counted too; SGLang leaves it out where config.json does not name the MTP layers, so a server may hold a few
    per cent more tokens than planned."""
    weights = weights_per_gpu(card, precision, split)
    mtp = _up(card.draft_bytes(precision), split.tp)
    states = _states(card, split)
    static = static_bytes(card, split, gpu)
    taken = min(gpu.taken, gpu.memory)
    budget = static - weights - mtp - states
    if budget < 0:
        return _too_small(gpu, (weights, mtp, states), static, taken)
    cost = TokenCost.of(card, split.attention_tp)
    full, sliding = pool(budget, cost, ratio)
    own = card.global_layers.kv_bytes(split.attention_tp) if card.global_layers else 0
    draft = cost.draft * (sliding if cost.sliding else full) + full * (cost.full - own)
    used = full * own + sliding * cost.sliding + draft
    return GpuMemory(
        total=gpu.memory,
        weights=weights,
        mtp=mtp + draft,
        kv_global=full * own,
        kv_sliding=sliding * cost.sliding,
        states=states,
        workspace=gpu.memory - taken - static,
        taken=taken,
        free=budget - used,
        full_tokens=full,
        sliding_tokens=sliding,
    )


def pool(budget: int, cost: TokenCost, ratio: float) -> tuple[int, int]:
    """Tokens in the global and in the sliding pool that `budget` bytes hold. Whole thousandths, no floats."""
    if not cost.sliding:
        return budget // (cost.full + cost.draft), 0
    parts = round(ratio * 1000)
    full = budget * 1000 // (cost.full * 1000 + parts * (cost.sliding + cost.draft))
    return full, full * parts // 1000


def _states(card: Card, split: Split) -> int:
    """Bytes a GPU for the states of linear attention; the pool has one slot more, for padding."""
    if card.linear_layers is None:
        return 0
    return _up(card.linear_layers.state_bytes(), split.attention_tp) * (card.state_slots + 1)


def _too_small(gpu: Gpu, wanted: tuple[int, int, int], static: int, taken: int) -> GpuMemory:
    """What is `wanted` (weights, drafts, states) is more than the static share: shown as far as it goes, and
    `short` by the rest."""
    shown, left = [], static
    for size in wanted:
        shown.append(min(size, left))
        left -= shown[-1]
    return GpuMemory(
        total=gpu.memory,
        weights=shown[0],
        mtp=shown[1],
        kv_global=0,
        kv_sliding=0,
        states=shown[2],
        workspace=gpu.memory - taken - static,
        taken=taken,
        free=0,
        full_tokens=0,
        sliding_tokens=0,
        short=sum(wanted) - static,
    )


def _up(amount: int, share: int) -> int:
    return -(-amount // share)
