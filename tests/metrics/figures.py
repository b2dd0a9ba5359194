"""What an SGLang 0.5.23 server says of itself, as its source writes it."""

import json

GAUGES = """\
# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{engine_type="unified",model_name="m",moe_ep_rank="0",pp_rank="0",tp_rank="0"} 3.0
sglang:num_queue_reqs{engine_type="unified",model_name="m",pp_rank="0",tp_rank="0"} 1.0
sglang:num_used_tokens{model_name="m"} 1200.0
sglang:max_total_num_tokens{model_name="m"} 65536.0
sglang:gen_throughput{model_name="m"} 151.5
sglang:cache_hit_rate{model_name="m"} 0.75
sglang:spec_accept_length{model_name="m"} 3.25
sglang:spec_accept_rate{model_name="m"} 0.75
sglang:time_to_first_token_seconds_bucket{le="+Inf",model_name="m"} 4.0
"""


def metrics(prompt: int, cached: int, generated: int, steps: int) -> str:
    """`/metrics` after requests that read and wrote so much; half of it streamed."""
    streamed = f'model_name="m",is_streaming="true"}} {generated / 2}'
    whole = f'model_name="m",is_streaming="false"}} {generated / 2}'
    return (
        f"{GAUGES}"
        f'sglang:prompt_tokens_total{{model_name="m",is_streaming="true"}} {float(prompt)}\n'
        f"sglang:generation_tokens_total{{{streamed}\nsglang:generation_tokens_total{{{whole}\n"
        f'sglang:cached_tokens_total{{cache_source="device",model_name="m"}} {float(cached)}\n'
        f'sglang:spec_verify_calls_total{{model_name="m"}} {float(steps)}\n'
    )


def rank(number: int, **more: object) -> dict[str, object]:
    return {
        "dp_rank": number,
        "num_running_reqs": 2,
        "num_waiting_reqs": 1,
        "num_used_tokens": 500,
        "max_total_num_tokens": 1000,
        "gen_throughput": 40.5,
        "cache_hit_rate": 0.5,
        **more,
    }


def loads(*ranks: dict[str, object]) -> str:
    return json.dumps({"version": "0.5.23", "accelerator": None, "num_accelerators": 1, "loads": list(ranks)})


INFO = json.dumps(
    {
        "version": "0.5.23",
        "model_path": "XiaomiMiMo/MiMo-V2-Flash",
        "tp_size": 8,
        "pp_size": 1,
        "context_length": 262_144,
        "max_total_num_tokens": 1_000_000,
        "speculative_algorithm": "EAGLE",
        "speculative_num_draft_tokens": 4,
        "reasoning_parser": "mimo",
        "tool_call_parser": "mimo",
        "internal_states": [{"avg_spec_accept_length": 3.1}],
    }
)
