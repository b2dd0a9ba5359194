"""The line under the input: what matters most comes first, and what does not fit is left out."""

from dataclasses import dataclass

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.utils import get_cwidth

from agent.conversation.standing import Standing
from agent.export.visible import visible
from agent.export.words import duration, plural, short_count

SEPARATOR = " · "


@dataclass(frozen=True)
class Part:
    """rank: the smallest are shown first if there is no room for all."""

    text: str
    rank: int
    style: str = "class:status"


@dataclass(frozen=True)
class Figures:
    """What is known beside the conversation's own standing; None where it is not. tokens_per_s: of the reply that
    streams, or the last one."""

    tokens_per_s: float | None = None
    acceptance: float | None = None
    gpu_seconds: float | None = None
    joules: float | None = None


def parts_of(standing: Standing, figures: Figures) -> list[Part]:
    """In the order in which they stand."""
    mode = "plan" if standing.locked else standing.mode
    sandbox = visible(standing.sandbox.split(",")[0])
    local = sandbox == "local"
    parts = [
        Part(mode, 0, f"class:status.mode.{standing.mode}"),
        Part(visible(standing.model), 2, "class:status.name"),
        Part("NO SANDBOX" if local else sandbox, 3, "class:status.warning" if local else "class:status"),
        *_context(standing),
    ]
    if standing.changed:
        parts.append(Part(f"{plural(standing.changed, 'file')} to apply", 4))
    if figures.tokens_per_s is not None and figures.tokens_per_s >= 1:
        parts.append(Part(f"{figures.tokens_per_s:.0f} tok/s", 5))
    if figures.acceptance is not None:
        parts.append(Part(f"accept {figures.acceptance:.1f}", 6))
    if standing.read:
        parts.append(Part(f"cache {standing.cached / standing.read:.0%}", 7))
    if figures.gpu_seconds is not None:
        parts.append(Part(f"{figures.gpu_seconds:.0f} GPU s", 8))
    if figures.joules is not None:
        parts.append(Part(f"{figures.joules / 3600:.1f} Wh", 10))
    if figures.gpu_seconds is None and standing.model_seconds:
        parts.append(Part(f"model {duration(standing.model_seconds)}", 9))
    return parts


def _context(standing: Standing) -> list[Part]:
    if not standing.context_length:
        return [Part(f"{short_count(standing.tokens)} tokens", 1)] if standing.tokens else []
    share = standing.tokens / standing.context_length
    left = max(0, standing.context_length - standing.tokens)
    style = "class:status.warning" if share > 0.85 else "class:status"
    return [Part(f"{share:.0%} used, {short_count(left)} left", 1, style)]


def fitted(parts: list[Part], columns: int) -> StyleAndTextTuples:
    """As many parts as fit into `columns`, those of the smallest rank first."""
    chosen: list[Part] = []
    for part in sorted(parts, key=lambda part: part.rank):
        if _width([*chosen, part]) <= columns:
            chosen.append(part)
    shown: StyleAndTextTuples = []
    for part in (part for part in parts if part in chosen):
        if shown:
            shown.append(("class:status", SEPARATOR))
        shown.append((part.style, part.text))
    return shown


def _width(parts: list[Part]) -> int:
    return sum(get_cwidth(part.text) for part in parts) + len(SEPARATOR) * (len(parts) - 1)
