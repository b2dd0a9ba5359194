"""What would fit, where the plan does not: each suggestion has been computed, none is a guess."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from model_runtime.serving.card import Card
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.fit import Fit, fit
from model_runtime.serving.gpus import GIB, Machines

MOST_GPUS = 64
LOW_RATIO = 0.03  # The least that the model's authors launch with (sglang pull request 40448).


@dataclass(frozen=True)
class Remedy:
    """kind: context, sliding pool, others' memory, precision, gpus, or model."""

    kind: str
    text: str


def remedies(tried: Fit, wanted: int, least: int, others: tuple[Card, ...]) -> tuple[Remedy, ...]:
    """In the order of what costs least. wanted: tokens of context; least: the fewest worth having."""
    return (
        *_less_context(tried, least),
        *_smaller_pool(tried, wanted),
        *_free_memory(tried, wanted),
        *_precision(tried, wanted),
        *_more_gpus(tried, wanted),
        *_family(tried, wanted, least, others),
    )


def _less_context(tried: Fit, least: int) -> Iterator[Remedy]:
    held = tried.memory.full_tokens // 1024 * 1024
    if held >= least:
        yield Remedy("context", f"--context {held}: as many tokens as the cache holds")


def _smaller_pool(tried: Fit, wanted: int) -> Iterator[Remedy]:
    if not tried.card.sliding_layers or tried.memory.short or tried.ratio <= LOW_RATIO:
        return
    other = _again(tried, ratio=LOW_RATIO)
    if other is not None and _holds(other, wanted):
        held = other.memory.full_tokens
        yield Remedy(
            "sliding pool", f"--swa-full-tokens-ratio {LOW_RATIO} (few, long sessions) would hold {held:,} tokens"
        )


def _free_memory(tried: Fit, wanted: int) -> Iterator[Remedy]:
    taken = tried.machines.gpu.taken
    if not taken:
        return
    free = replace(tried.machines, gpu=replace(tried.machines.gpu, taken=0))
    other = _again(tried, machines=free)
    if other is not None and _holds(other, wanted):
        yield Remedy("others' memory", f"stop what holds {taken / GIB:.1f} GiB of the GPUs: then it fits")


def _precision(tried: Fit, wanted: int) -> Iterator[Remedy]:
    for precision, size in sorted(tried.card.weights.items(), key=lambda item: -item[1]):
        other = _again(tried, precision=precision) if size < tried.card.weights[tried.precision] else None
        if other is not None and _holds(other, wanted):
            yield Remedy("precision", f"--precision {precision}: {size / GIB:.0f} GiB of weights")


def _more_gpus(tried: Fit, wanted: int) -> Iterator[Remedy]:
    """The smallest number of the same cards, a power of two, eight a machine at most."""
    gpu, count = tried.machines.gpu, 1
    while count <= MOST_GPUS:
        machines = Machines(gpu, min(count, 8), max(1, count // 8))
        other = _again(tried, machines=machines, replicas=1) if count > tried.split.tp else None
        if other is not None and _holds(other, wanted):
            nodes = f" --nodes {machines.nodes}" if machines.nodes > 1 else ""
            yield Remedy(
                "gpus", f"--gpus {machines.per_node}x{gpu.name}{nodes}: {count} such GPUs a replica hold it"
            )
            return
        count *= 2


def _family(tried: Fit, wanted: int, least: int, others: tuple[Card, ...]) -> Iterator[Remedy]:
    for card in others:
        if card.name == tried.card.name or card.global_layers is None:
            continue
        other = _again(tried, card=card)
        if other is None or not _holds(other, min(wanted, card.context_length, max(least, 32_768))):
            continue
        held = min(other.memory.full_tokens, card.context_length) // 1024 * 1024
        size = card.weights[card.precision] / GIB
        yield Remedy(
            "model", f"--profile {card.name}: {size:.0f} GiB in {card.precision}, {held:,} tokens of context"
        )


def _again(
    tried: Fit,
    *,
    card: Card | None = None,
    machines: Machines | None = None,
    precision: str | None = None,
    replicas: int | None = None,
    ratio: float | None = None,
) -> Fit | None:
    """The same attempt with one thing changed; None where that cannot be planned."""
    chosen = card or tried.card
    try:
        return fit(
            chosen,
            machines or tried.machines,
            precision=precision or (tried.precision if card is None else None),
            replicas=replicas or tried.split.replicas,
            ratio=ratio,
        )
    except PlanRefused:
        return None


def _holds(tried: Fit, tokens: int) -> bool:
    return not tried.memory.short and tried.memory.full_tokens >= tokens
