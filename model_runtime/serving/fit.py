"""One attempt: a model, its precision, the machines, and what it makes of their memory."""

from dataclasses import dataclass

from model_runtime.serving.card import Card
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.gpus import GIB, Machines
from model_runtime.serving.memory import GpuMemory, TokenCost, gpu_memory
from model_runtime.serving.parallel import Split, split
from model_runtime.serving.reserve import static_thousandths


@dataclass(frozen=True)
class Fit:
    """ratio: sliding slots a token of context. fraction: of a GPU, for weights and cache, in thousandths."""

    card: Card
    precision: str
    machines: Machines
    split: Split
    ratio: float
    fraction: int
    memory: GpuMemory

    def token_bytes(self, ratio: float | None = None) -> float:
        """Bytes a GPU that one more token of context costs, without the draft's share."""
        chosen = self.ratio if ratio is None else ratio
        return TokenCost.of(self.card, self.split.attention_tp).per_context_token(chosen)


def fit(
    card: Card,
    machines: Machines,
    *,
    precision: str | None = None,
    replicas: int = 1,
    ratio: float | None = None,
) -> Fit:
    """Spread `card` over all GPUs of `machines`. Raises PlanRefused."""
    chosen = precision or card.precision
    if chosen not in card.weights:
        known = ", ".join(sorted(card.weights))
        raise PlanRefused(f"--precision {chosen}: the size of {card.name} is known in {known} only.")
    if card.global_layers is None:
        raise PlanRefused(_unknown(card, chosen, machines))
    parts = split(card, machines, replicas)
    sliding = card.launch.swa_full_tokens_ratio if ratio is None else ratio
    memory = gpu_memory(card, chosen, parts, machines.gpu, sliding)
    return Fit(card, chosen, machines, parts, sliding, static_thousandths(card, parts, machines.gpu), memory)


def _unknown(card: Card, precision: str, machines: Machines) -> str:
    weights, memory = card.weights[precision] / GIB, machines.gpu.memory * machines.count / GIB
    return (
        f"{card.name} cannot be planned from its profile: {'; '.join(card.gaps)}. Its weights are "
        f"{weights:.0f} GiB in {precision}, the GPUs have {memory:.0f} GiB. With the checkpoint on disk, give its "
        f"folder as --model-path: its config.json has the numbers."
    )
