"""What a server needs beside weights and cache, by SGLang's own rule of thumb.

SGLang 0.5.23, `arg_groups/memory_hook.py` (`handle_gpu_memory_settings`, `reserve_for_graph_mb`): constants in
MiB. Mimosa passes the resulting fraction itself, so that the plan and the server agree.
"""

from model_runtime.serving.card import Card
from model_runtime.serving.gpus import GIB, MIB, Gpu
from model_runtime.serving.parallel import Split

CUDA_CONTEXT = GIB  # Taken before SGLang measures free memory. Assumed, not measured.
GRAPHS_MOST = 512  # SGLang's largest default batch for decode graphs.


def workspace(card: Card, split: Split, gpu: Gpu) -> int:
    """Bytes a GPU for activations, CUDA graphs and communication.

    SGLang keeps 10 GiB at least on a card of more than 60 GiB; here that floor grows with the card (a sixth of it,
    10 GiB at most), so that a larger card never serves less.
    """
    chunk = max(card.launch.chunked_prefill_size, 2048)
    mib = 512 + chunk * 3 // 2 + split.tp * 128 + _graphs(card, split)
    return max(mib * MIB, min(10 * GIB, gpu.memory // 6))


def static_thousandths(card: Card, split: Split, gpu: Gpu) -> int:
    """`--mem-fraction-static` in thousandths, rounded down; 0 where the workspace alone is too much."""
    return max(0, (gpu.memory - workspace(card, split, gpu)) * 1000 // gpu.memory)


def static_bytes(card: Card, split: Split, gpu: Gpu) -> int:
    """Bytes a GPU for weights and cache: the fraction of what is free when the server starts."""
    free = max(0, gpu.memory - gpu.taken - CUDA_CONTEXT)
    return free * static_thousandths(card, split, gpu) // 1000


def _graphs(card: Card, split: Split) -> int:
    """MiB for decode and prefill graphs."""
    batch = min(card.launch.max_running_requests, GRAPHS_MOST)
    decode = batch * 2
    if split.attention_dp > 1:
        decode += batch * split.attention_dp * 3
        decode += batch * split.attention_dp * 3 // 2 if batch > 300 else 0
    return decode + 8 * _prefill_sizes(card.launch.chunked_prefill_size)


def _prefill_sizes(most: int) -> int:
    """How many prefill sizes SGLang captures up to `most` tokens."""
    steps = ((4, 33, 4), (48, 257, 16), (288, 513, 32), (576, 1025, 64), (1280, 4097, 256), (4608, most + 1, 512))
    return sum(1 for start, stop, step in steps for size in range(start, stop, step) if size <= most)
