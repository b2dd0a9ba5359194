"""How a model is spread over GPUs: tensor parallelism, attention data parallelism, nodes and replicas."""

from dataclasses import dataclass
from math import gcd

from model_runtime.serving.card import Card, Experts
from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.gpus import Machines

BLOCK = 128  # FP8 checkpoints have one scale a block of 128 by 128 weights.


@dataclass(frozen=True)
class Split:
    """tp: GPUs a replica. attention_dp: data-parallel attention groups in it. nodes: machines a replica spans.
    idle: GPUs of all machines that no replica uses."""

    tp: int
    attention_dp: int
    nodes: int
    replicas: int
    idle: int

    @property
    def attention_tp(self) -> int:
        return self.tp // self.attention_dp


def split(card: Card, machines: Machines, replicas: int = 1) -> Split:
    """Use as many GPUs a replica as the model can be cut into. Raises PlanRefused.

    TP is a power of two that divides the attention heads. Attention is cut no finer than it has global KV heads,
    because beyond that every GPU would repeat the cache; what is left of TP becomes attention data parallelism.
    A dense model has none: SGLang keeps its feed-forward layers and its attention in one group.
    """
    layers = card.global_layers
    if layers is None:
        raise PlanRefused(f"The attention layers of {card.name} are not known.")
    nodes = _nodes(machines, replicas)
    here = machines.per_node * machines.nodes // replicas if nodes == 1 else machines.per_node * nodes
    tp = _power_of_two(here, layers.heads, card.experts)
    if tp % nodes:
        raise PlanRefused(f"{card.name} cannot be cut evenly over {nodes} machines with {machines.per_node} GPUs.")
    attention_dp = tp // gcd(tp, layers.kv_heads) if card.experts else 1
    return Split(tp, attention_dp, nodes, replicas, machines.count - tp * replicas)


def _nodes(machines: Machines, replicas: int) -> int:
    """Machines a replica spans."""
    if replicas < 1 or machines.nodes < 1:
        raise PlanRefused("--replicas and --nodes start at 1.")
    if replicas > machines.count:
        raise PlanRefused(f"{replicas} replicas need as many GPUs; there are {machines.count}.")
    if replicas % machines.nodes == 0:
        return 1
    if machines.nodes % replicas == 0:
        return machines.nodes // replicas
    raise PlanRefused(
        f"{replicas} replicas cannot be shared evenly by {machines.nodes} machines; take a multiple or a divisor."
    )


def _power_of_two(limit: int, heads: int, experts: Experts | None) -> int:
    """The largest one up to `limit`; a slice of an expert keeps whole quantisation blocks."""
    width = experts.width if experts else 0
    tp = 1
    while tp * 2 <= limit and heads % (tp * 2) == 0 and width % (tp * 2 * BLOCK) == 0:
        tp *= 2
    return tp
