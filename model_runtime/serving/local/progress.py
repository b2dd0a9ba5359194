"""How far a start has come, from the lines that SGLang 0.5.23 writes."""

import re
from dataclasses import dataclass
from enum import StrEnum

from model_runtime.serving.local.explain import STARTS


class Phase(StrEnum):
    """In the order of a start; kernels may be compiled in the middle of another phase."""

    STARTING = "starting"
    DOWNLOADING = "downloading"
    LOADING = "loading weights"
    CACHE = "making the cache"
    DRAFTS = "loading MTP layers"
    GRAPHS = "capturing graphs"
    KERNELS = "compiling kernels"
    WARMING = "warming up"
    READY = "ready"


# Where a phase begins in the bar, in per cent. A guess from how long they take; only the order is certain.
BEGINS = {
    Phase.STARTING: 0,
    Phase.DOWNLOADING: 3,
    Phase.LOADING: 35,
    Phase.CACHE: 75,
    Phase.DRAFTS: 76,
    Phase.GRAPHS: 78,
    Phase.KERNELS: 90,
    Phase.WARMING: 96,
    Phase.READY: 100,
}
_PHASES = tuple(BEGINS)

MARKS = (
    (Phase.READY, "The server is fired up and ready to roll!"),
    (Phase.WARMING, "Application startup complete"),
    (Phase.KERNELS, "Entering DeepGEMM JIT Pre-Compile session"),
    (Phase.KERNELS, "DeepGEMM warmup:"),
    (Phase.GRAPHS, "graph begin."),
    (Phase.GRAPHS, "Capturing batches ("),
    (Phase.GRAPHS, "Capturing prefill shape ("),
    (Phase.CACHE, "Load weight end."),
    (Phase.LOADING, "Load weight begin."),
    (Phase.LOADING, "Loading safetensors"),
    (Phase.LOADING, "Multi-thread loading shards:"),
    (Phase.DOWNLOADING, "Fetching "),
    (Phase.DOWNLOADING, ".safetensors:"),
)
# tqdm's line: `what:  25%|##   | 1/4 [00:10<00:30, …]`; its loader's form says `Completed` after the per cent.
COUNTER = re.compile(
    r"(?P<percent>\d{1,3})%.*?\| *(?P<done>[\d.]+\w?)/(?P<total>[\d.]+\w?) \[[\d:]+<(?P<left>[\d:]+)?"
)


@dataclass(frozen=True)
class Progress:
    """fraction: of the whole start, 0 to 1; it never falls until another start begins. counted: such as `17/145`,
    "" where nothing is counted. left_s: seconds that the counted work still takes, as its own counter says."""

    phase: Phase = Phase.STARTING
    fraction: float = 0.0
    counted: str = ""
    left_s: int | None = None


class StartLog:
    """Reads a log piece by piece."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._rest = ""

    def feed(self, text: str) -> Progress:
        """`text` may end anywhere; a counter overwrites its line with a carriage return."""
        *lines, self._rest = re.split(r"[\r\n]", self._rest + text)
        for line in lines:
            # Each start has a bar of its own.
            self.progress = Progress() if line.startswith(STARTS) else _after(self.progress, line)
        return self.progress


def _after(before: Progress, line: str) -> Progress:
    phase = next((phase for phase, mark in MARKS if mark in line), None)
    if phase is None or before.phase is Phase.READY:
        return before
    if phase is Phase.LOADING and before.phase in (Phase.CACHE, Phase.DRAFTS):
        phase = Phase.DRAFTS  # SGLang goes through the shards once more for each MTP layer, in the same words.
    start = BEGINS[phase] / 100
    counter = COUNTER.search(line)
    if counter is None:
        return Progress(phase, max(before.fraction, start))
    following = _PHASES[min(_PHASES.index(phase) + 1, len(_PHASES) - 1)]
    done = min(int(counter["percent"]), 100) / 100
    fraction = start + (BEGINS[following] / 100 - start) * done
    return Progress(
        phase,
        max(before.fraction, fraction),
        f"{counter['done']}/{counter['total']}",
        _seconds(counter["left"]),
    )


def _seconds(clock: str | None) -> int | None:
    """`1:02:03` or `02:03`."""
    if not clock or not all(part.isdigit() for part in clock.split(":")):
        return None
    total = 0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return total
