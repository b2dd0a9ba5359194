"""vLLM's figures: `/metrics` (vLLM 0.11 and later, docs.vllm.ai, "Production Metrics")."""

from model_runtime.metrics.base import Counters, Reading
from model_runtime.metrics.exposition import Samples, total


def reading_of(at: float, samples: Samples) -> Reading | None:
    """None if the metrics are not vLLM's. It says what share of the cache is in use, not how many tokens."""
    running = total(samples, "vllm:num_requests_running")
    if running is None:
        return None
    counters = _counters(samples)
    return Reading(
        at=at,
        server="vllm",
        running=round(running),
        waiting=round(total(samples, "vllm:num_requests_waiting") or 0),
        acceptance=counters.acceptance,
        hit_rate=counters.hit_rate,
        counters=counters,
    )


def _counters(samples: Samples) -> Counters:
    return Counters(
        prompt=round(total(samples, "vllm:prompt_tokens_total") or 0),
        cached=round(total(samples, "vllm:prefix_cache_hits_total") or 0),
        generated=round(total(samples, "vllm:generation_tokens_total") or 0),
        steps=round(total(samples, "vllm:spec_decode_num_drafts_total") or 0),
    )
