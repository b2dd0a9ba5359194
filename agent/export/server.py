"""What a session took of its server, in words."""

from agent.export.words import duration
from model_runtime.metrics.session import SessionFigures

SHARED = 0.995
"""Below this share of what the server wrote, others were at work on it too."""


def server_in_words(figures: SessionFigures) -> str:
    """`3.20 tokens a step, 96 tokens/s, 12 min 3 s of GPU time, 0.110 kWh`; what is not known is left out. The
    share of the prefix cache stands in the cost."""
    parts = [
        f"{figures.acceptance:.2f} tokens a step" if figures.acceptance is not None else "",
        f"{figures.tokens_per_s:.0f} tokens/s" if figures.tokens_per_s is not None else "",
        f"{duration(figures.gpu_seconds)} of GPU time" if figures.gpu_seconds is not None else "",
        f"{figures.joules / 3.6e6:.3f} kWh" if figures.joules is not None else "",
    ]
    shared = figures.share is not None and figures.share < SHARED
    parts.append(f"its share of the server {figures.share:.0%}" if shared else "")
    return ", ".join(part for part in parts if part)


def session_in_words(figures: SessionFigures) -> str:
    """The same where no cost stands beside it: `91% cached, 3.20 tokens a step, …`."""
    cached = f"{figures.hit_rate:.0%} cached" if figures.hit_rate is not None else ""
    return ", ".join(part for part in (cached, server_in_words(figures)) if part)
