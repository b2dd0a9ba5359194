"""A server's figures as a screen, as a line, and as JSON."""

from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from model_runtime.metrics.gpus import GpuReading
from model_runtime.metrics.watch import View
from model_runtime.serving.gpus import GIB

BAR = 24


def screen(where: str, view: View, news: str | None = None) -> RenderableType:
    """`where`: the server's address. `news`: what is done about one that does not answer."""
    head = Text.assemble((where, "bold"), f"  {view.reading.server}" if view.reading else "")
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if view.reading is None:
        table.add_row("", Text(news or "does not answer, or tells nothing of itself", style="red"))
    for name, words in server_rows(view):
        table.add_row(name, words)
    for gpu in view.gpus:
        table.add_row(f"GPU {gpu.index}", gpu_words(gpu))
    return Group(head, table)


def server_rows(view: View) -> list[tuple[str, Text]]:
    """What the server tells, a name and words each; what it does not tell is left out."""
    reading = view.reading
    if reading is None:
        return []
    rows = []
    if reading.running is not None:
        rows.append(("requests", Text(f"{reading.running} running, {reading.waiting or 0} waiting")))
    if reading.tokens_per_s is not None:
        rows.append(("writing", Text(f"{reading.tokens_per_s:,.0f} tokens/s")))
    if view.acceptance is not None:
        rows.append(("acceptance", Text(f"{view.acceptance:.2f} tokens a step")))
    if view.hit_rate is not None:
        rows.append(("cache hits", Text(f"{view.hit_rate:.0%} of the tokens read")))
    if reading.cache_use is not None:
        used = f" {reading.used:,} of {reading.total:,} tokens ({reading.cache_use:.0%})"
        rows.append(("KV cache", bar(reading.cache_use) + Text(used)))
        room = ", ".join(f"{count} of {size // 1024}K" for size, count in view.sessions_left.items())
        rows.append(("room for", Text(f"{room} more sessions")))
    return rows


def gpu_words(gpu: GpuReading) -> Text:
    words = f" {gpu.used / GIB:.1f} of {gpu.total / GIB:.1f} GiB"
    if gpu.busy is not None:
        words += f", {gpu.busy:.0%} busy"
    if gpu.watts is not None:
        words += f", {gpu.watts:.0f} W"
    return bar(gpu.used / gpu.total if gpu.total else 0.0) + Text(f"{words}  {gpu.name}")


def bar(share: float) -> Text:
    full = round(max(0.0, min(1.0, share)) * BAR)
    return Text.assemble("▕", ("█" * full, "green" if share < 0.9 else "yellow"), " " * (BAR - full), "▏")


def line(view: View) -> str:
    """One line of `name=value` for a log; what is not known is left out."""
    found = {name: value for name, value in figures(view).items() if value is not None and name != "gpus"}
    words = [f"{name}={value}" for name, value in found.items() if not isinstance(value, dict)]
    if watts := [gpu.watts for gpu in view.gpus if gpu.watts is not None]:
        words.append(f"watts={sum(watts):.0f}")
    return " ".join(words) or "the server does not answer, or tells nothing of itself"


def figures(view: View) -> dict[str, object]:
    """Everything, for programs. None where it is not known."""
    reading = view.reading
    return {
        "at": round(reading.at, 1) if reading else None,
        "server": reading.server if reading else None,
        "running": reading.running if reading else None,
        "waiting": reading.waiting if reading else None,
        "tokens_per_s": reading.tokens_per_s if reading else None,
        "acceptance": _round(view.acceptance),
        "hit_rate": _round(view.hit_rate),
        "cache_used": reading.used if reading else None,
        "cache_total": reading.total if reading else None,
        "sessions_left": {str(size): count for size, count in view.sessions_left.items()},
        "gpus": [asdict(gpu) for gpu in view.gpus],
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
