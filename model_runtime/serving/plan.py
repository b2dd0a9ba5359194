"""The plan: does a model fit on these GPUs, how is it spread, and how is it started."""

from dataclasses import dataclass
from typing import Literal

from model_runtime.serving.card import Card
from model_runtime.serving.command import LaunchCommand
from model_runtime.serving.commands import launch_commands
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.fit import Fit, fit
from model_runtime.serving.gpus import GIB, Machines
from model_runtime.serving.kernels import cautions
from model_runtime.serving.remedies import Remedy, remedies
from model_runtime.serving.speculation import Expected, expected

SESSION_SIZES = (32_768, 65_536, 131_072, 262_144)
LEAST_CONTEXT = 8_192  # Below this an agent's first screenful of a repository does not fit.
MARGINAL = 10  # Marginal: less than one tenth of the memory is left for the cache.


@dataclass(frozen=True)
class Capacity:
    """Sessions of `tokens` each whose cache fits at once; None where the model's context is shorter."""

    tokens: int
    sessions: int | None


@dataclass(frozen=True)
class Plan:
    """verdict: fits; marginal (it starts, with little cache or less context than the model has); no.
    context: tokens a session may have, 0 if it does not fit. pool: tokens of context in all groups and replicas.
    commands: empty where it does not fit, or where `gaps` says why none can be given."""

    fit: Fit
    verdict: Literal["fits", "marginal", "no"]
    headline: str
    context: int
    pool: int
    capacity: tuple[Capacity, ...]
    expected: Expected | None
    commands: tuple[LaunchCommand, ...]
    cautions: tuple[str, ...]
    gaps: tuple[str, ...]
    remedies: tuple[Remedy, ...]


def make_plan(
    card: Card,
    machines: Machines,
    *,
    context: int | None = None,
    precision: str | None = None,
    replicas: int = 1,
    others: tuple[Card, ...] = (),
) -> Plan:
    """`context` None asks for as much as the model has. others: the rest of the family, for what would fit
    instead. Raises PlanRefused."""
    if context is not None and not 1 <= context <= card.context_length:
        raise PlanRefused(f"--context {context}: {card.name} takes 1 to {card.context_length:,} tokens.")
    tried = fit(card, machines, precision=precision, replicas=replicas)
    wanted = context or card.context_length
    verdict, given = _judge(tried, wanted, asked=context is not None)
    fits = verdict != "no"
    pool = tried.memory.full_tokens * tried.split.attention_dp * tried.split.replicas
    return Plan(
        fit=tried,
        verdict=verdict,
        headline=_headline(tried, verdict, given, wanted),
        context=given if fits else 0,
        pool=pool,
        capacity=tuple(_capacity(tried, tokens) for tokens in SESSION_SIZES),
        expected=expected(32)
        if fits and card.speculation == "mtp" and card.mtp and card.mtp.layers == 3
        else None,
        commands=_commands(tried, given) if fits and tried.precision == card.precision else (),
        cautions=(*cautions(card, tried.precision, machines.gpu, tried.split.tp), *_pool_cautions(tried)),
        gaps=(*card.gaps, *_without_drafter(card), *_unpublished(tried)),
        remedies=() if fits else remedies(tried, wanted, LEAST_CONTEXT, others),
    )


def _judge(tried: Fit, wanted: int, *, asked: bool) -> tuple[Literal["fits", "marginal", "no"], int]:
    """The verdict, and the context to start with."""
    memory = tried.memory
    held = memory.full_tokens
    if memory.short or held < min(wanted, LEAST_CONTEXT) or (asked and held < wanted):
        return "no", 0
    if held < wanted:
        return "marginal", held // 1024 * 1024
    cache = memory.kv_global + memory.kv_sliding
    return ("marginal" if cache * MARGINAL < memory.total else "fits"), wanted


def _headline(tried: Fit, verdict: str, given: int, wanted: int) -> str:
    memory = tried.memory
    if memory.short and memory.workspace + memory.taken == memory.total:
        return "does not fit: graphs and workspace alone take the whole of a GPU, and nothing is left for weights"
    if memory.short:
        what = (
            "the weights and the states of linear attention" if tried.card.linear_layers else "the weights alone"
        )
        return f"does not fit: {memory.short / GIB:.1f} GiB a GPU are missing for {what}"
    if verdict == "no":
        missing = (wanted - memory.full_tokens) * tried.token_bytes()
        return (
            f"does not fit: the cache holds {memory.full_tokens:,} tokens, {wanted:,} were wanted; "
            f"{missing / GIB:.1f} GiB a GPU are missing"
        )
    if given < wanted:
        return f"fits with less context: {given:,} of {wanted:,} tokens"
    if verdict == "marginal":
        return f"fits, barely: {given:,} tokens of context, and little cache beside"
    return f"fits: {given:,} tokens of context"


def _capacity(tried: Fit, tokens: int) -> Capacity:
    """A session lives in one attention group; between two turns its cache stays."""
    if tokens > tried.card.context_length:
        return Capacity(tokens, None)
    split = tried.split
    held = tried.memory.full_tokens // tokens * split.attention_dp
    return Capacity(tokens, held * split.replicas)


def _commands(tried: Fit, context: int) -> tuple[LaunchCommand, ...]:
    return launch_commands(
        tried.card,
        tried.precision,
        tried.split,
        tried.machines,
        context=context,
        ratio=tried.ratio,
        fraction=tried.fraction,
    )


def _pool_cautions(tried: Fit) -> tuple[str, ...]:
    memory, step = tried.memory, tried.card.launch.chunked_prefill_size // tried.split.attention_dp
    if memory.short or not tried.card.sliding_layers or memory.sliding_tokens >= step:
        return ()
    return (
        f"the sliding-window pool ({memory.sliding_tokens:,} slots) is smaller than a prefill step ({step:,})",
    )


def _without_drafter(card: Card) -> tuple[str, ...]:
    if card.speculation != "dflash" or card.launch.draft_model_path:
        return ()
    if card.drafter is None:
        return ("where its DFlash drafter lies is not known: name it in serve.launch.draft_model_path",)
    return (
        f"its DFlash drafter lies in the checkpoint's folder {card.drafter.folder}, and SGLang wants a folder of "
        f"this machine: after `mimosa fetch {card.name}` the command has --speculative-algorithm DFLASH with "
        "--speculative-draft-model-path; until then it drafts nothing. The drafter's memory is planned",
    )


def _unpublished(tried: Fit) -> tuple[str, ...]:
    if tried.precision == tried.card.precision:
        return ()
    return (
        f"{tried.card.repository} is published in {tried.card.precision}; for {tried.precision} make a copy and "
        f"give its folder as --model-path: there is no command without it",
    )
