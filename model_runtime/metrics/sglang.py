"""SGLang's figures (0.5.23): `/v1/loads`, `/metrics` and `/server_info`.

`/metrics` is there with --enable-metrics alone, which every plan of Mimosa's has. Acceptance in it is that of the
last --decode-log-interval steps; in `/v1/loads` it is that of the server's whole life.
"""

from collections.abc import Iterable, Mapping

from model_runtime.metrics.base import Counters, Reading, ServerFacts
from model_runtime.metrics.exposition import Samples, mean, total

Object = Mapping[str, object]


def reading_of(at: float, loads: Object | None, samples: Samples | None) -> Reading | None:
    """From the JSON of `/v1/loads` and the samples of `/metrics`, either of which may be missing. None if neither
    is SGLang's."""
    ranks = _ranks(loads)
    samples = samples or {}
    if not ranks and "sglang:num_running_reqs" not in samples:
        return None
    version = (loads or {}).get("version")
    spec = [found for rank in ranks if isinstance(found := rank.get("speculative"), Mapping)]
    return Reading(
        at=at,
        server=f"sglang {version}" if isinstance(version, str) else "sglang",
        running=_count(_sum(ranks, "num_running_reqs"), total(samples, "sglang:num_running_reqs")),
        waiting=_count(_sum(ranks, "num_waiting_reqs"), total(samples, "sglang:num_queue_reqs")),
        used=_count(_sum(ranks, "num_used_tokens"), total(samples, "sglang:num_used_tokens")),
        total=_count(_sum(ranks, "max_total_num_tokens"), total(samples, "sglang:max_total_num_tokens")),
        tokens_per_s=_first(_sum(ranks, "gen_throughput"), total(samples, "sglang:gen_throughput")),
        acceptance=_first(mean(samples, "sglang:spec_accept_length"), _mean(spec, "accept_length")),
        hit_rate=_first(mean(samples, "sglang:cache_hit_rate"), _mean(ranks, "cache_hit_rate")),
        counters=_counters(samples),
    )


def facts_of(info: Object) -> ServerFacts | None:
    """From the JSON of `/server_info`; None if it is not SGLang's."""
    if "tp_size" not in info or "model_path" not in info:
        return None
    return ServerFacts(
        server=f"sglang {info.get('version', '')}".strip(),
        model_path=_text(info, "model_path"),
        context_length=_whole(info, "context_length"),
        gpus=_whole(info, "tp_size") * (_whole(info, "pp_size") or 1),
        total=_whole(info, "max_total_num_tokens"),
        speculation=_text(info, "speculative_algorithm"),
        draft_tokens=_whole(info, "speculative_num_draft_tokens"),
        reasoning_parser=_text(info, "reasoning_parser"),
        tool_call_parser=_text(info, "tool_call_parser"),
    )


def _counters(samples: Samples) -> Counters | None:
    """All zeros before the first request is finished: these metrics do not exist until then."""
    if not samples:
        return None
    return Counters(
        prompt=round(total(samples, "sglang:prompt_tokens_total") or 0),
        cached=round(total(samples, "sglang:cached_tokens_total") or 0),
        generated=round(total(samples, "sglang:generation_tokens_total") or 0),
        steps=round(total(samples, "sglang:spec_verify_calls_total") or 0),
    )


def _ranks(loads: Object | None) -> list[Object]:
    found = loads.get("loads") if loads else None
    return [rank for rank in found if isinstance(rank, Mapping)] if isinstance(found, list) else []


def _sum(ranks: Iterable[Object], key: str) -> float | None:
    values = list(_numbers(ranks, key))
    return sum(values) if values else None


def _mean(ranks: Iterable[Object], key: str) -> float | None:
    values = [value for value in _numbers(ranks, key) if value]
    return sum(values) / len(values) if values else None


def _numbers(ranks: Iterable[Object], key: str) -> Iterable[float]:
    for rank in ranks:
        value = rank.get(key)
        if isinstance(value, int | float):
            yield value


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _count(*values: float | None) -> int | None:
    found = _first(*values)
    return None if found is None else round(found)


def _text(info: Object, key: str) -> str:
    value = info.get(key)
    return value if isinstance(value, str) else ""


def _whole(info: Object, key: str) -> int:
    value = info.get(key)
    return value if isinstance(value, int) else 0
