"""Timing helpers: every comparison alternates its sides, so that both meet the same weather."""

import statistics
import subprocess
import time
from collections.abc import Sequence


def seconds_of(command: Sequence[str]) -> float:
    """Wall seconds of a process from start to end. Raises RuntimeError with its words if it fails."""
    began = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    took = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exited {done.returncode}: {done.stderr.decode(errors='replace')}")
    return took


def median_ms(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000
