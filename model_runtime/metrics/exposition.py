"""Metrics in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats)."""

import re
from collections.abc import Mapping, Sequence

_LINE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{.*\})? +(?P<value>\S+)(?: +-?\d+)?")
Samples = Mapping[str, Sequence[float]]


def samples_in(text: str) -> Samples:
    """The values of each metric, one a set of labels. Lines that are no samples are passed over."""
    found: dict[str, list[float]] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        value = _number(match["value"]) if match else None
        if match is not None and value is not None:
            found.setdefault(match["name"], []).append(value)
    return found


def _number(text: str) -> float | None:
    """NaN and infinity count as no number: they stand where nothing was measured."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def total(samples: Samples, name: str) -> float | None:
    """The sum over all labels: ranks, clients that stream and those that do not."""
    values = samples.get(name)
    return sum(values) if values else None


def mean(samples: Samples, name: str) -> float | None:
    """The mean over all labels of which something was measured: 0 is what a gauge shows before."""
    values = [value for value in samples.get(name, ()) if value]
    return sum(values) / len(values) if values else None
