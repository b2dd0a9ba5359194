"""Kernels by GPU: the attention backend and the runner of the experts.

SGLang 0.5.23: `arg_groups/model_overrides/mimo_v2.py`, `arg_groups/model_override_base.py`
(`get_default_attn_backend`), `arg_groups/kv_cache_hook.py` (`ASYMMETRIC_KV_BACKENDS`).
"""

from dataclasses import dataclass

from model_runtime.serving.card import Card
from model_runtime.serving.gpus import Gpu


@dataclass(frozen=True)
class Choice:
    """A flag's value and why. An empty value leaves the choice to SGLang."""

    value: str
    why: str


def attention_backend(card: Card, gpu: Gpu) -> Choice:
    if card.linear_layers is not None:
        return Choice("", "beside linear attention SGLang chooses by the page size")
    if gpu.vendor == "amd":
        return Choice("aiter", "SGLang's attention on AMD")
    if gpu.capability is None:
        return Choice("", "the card's compute capability is not known, so SGLang chooses")
    if gpu.capability[0] == 9:
        return Choice("fa3", "FlashAttention for Hopper; it takes sinks, and K and V of different widths")
    if gpu.capability[0] == 10 and _uneven(card):
        return Choice("fa4", "FlashAttention for Blackwell; trtllm_mha refuses K and V of different widths")
    if gpu.capability[0] == 10:
        return Choice("trtllm_mha", "SGLang's default on datacentre Blackwell")
    if card.sinks or _uneven(card):
        return Choice("triton", f"{_sm(gpu)} has neither fa3 nor fa4, and flashinfer has no sinks")
    return Choice("flashinfer", f"SGLang's default on {_sm(gpu)}")


def moe_runner(card: Card, precision: str, gpu: Gpu) -> Choice:
    if card.experts is None:
        return Choice("", "a dense model")
    major = gpu.capability[0] if gpu.capability else 0
    if precision == "mxfp4" and major == 10:
        return Choice("flashinfer_mxfp4", "MXFP4 experts on datacentre Blackwell")
    if precision == "mxfp4" and major == 9:
        return Choice("marlin", "Hopper has no FP4 arithmetic; the FP8 runner cannot read packed MXFP4")
    if precision == "fp8" and major == 10:
        return Choice("flashinfer_trtllm", "FP8 experts on datacentre Blackwell; Triton is slower there")
    return Choice("", "left to SGLang")


def cautions(card: Card, precision: str, gpu: Gpu, tp: int) -> tuple[str, ...]:
    """What speaks against this card for this model, in plain words."""
    found = []
    if precision == "fp8" and gpu.capability is not None and gpu.capability < (8, 9):
        found.append(f"{_sm(gpu)} has no FP8 arithmetic: weights would be unpacked on the way, slowly if at all")
    if precision == "mxfp4" and card.experts and (gpu.capability is None or gpu.capability[0] not in (9, 10)):
        found.append("MXFP4 experts are known to run on SM90 and SM100 only")
    if gpu.link is False and tp > 1:
        found.append("no NVLink: tensor parallelism over PCIe costs speed that this plan does not estimate")
    return tuple(found)


def _uneven(card: Card) -> bool:
    kinds = (card.global_layers, card.sliding_layers)
    return any(layers.head_dim != layers.v_head_dim for layers in kinds if layers is not None)


def _sm(gpu: Gpu) -> str:
    major, minor = gpu.capability or (0, 0)
    return f"SM{major}{minor}"
