"""The page about a run on a GPU."""

import platform
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from model_runtime.doctor.examine import PROBES
from model_runtime.metrics.gpus import Gpus
from model_runtime.serving.detect import driver_version
from model_runtime.serving.local.instance import Instance

ASKED = {subject for probe in PROBES for subject in probe.subjects}


@dataclass(frozen=True)
class Measured:
    """instance: as it was when ready. versions: of what SGLang stands on. findings: the doctor's, all of them.
    bench: the page that `mimosa bench serve` wrote."""

    instance: Instance
    versions: str
    findings: Sequence[Mapping[str, str]]
    bench: str

    @property
    def of_the_model(self) -> list[Mapping[str, str]]:
        """The findings of the probes that ask the model, not those about this machine's Docker and disks."""
        return [each for each in self.findings if each["subject"] in ASKED]

    @property
    def works(self) -> bool:
        told = {each["subject"] for each in self.of_the_model}
        return told == ASKED and all(each["verdict"] in ("right", "note") for each in self.of_the_model)


def page(measured: Measured, *, rehearsed: bool) -> str:
    """Markdown."""
    instance = measured.instance
    lines = [
        "# A rehearsal on a CPU: no figures of a GPU" if rehearsed else "# On a GPU",
        "",
        f"Written by `tests/real_sglang/gpu_run.py` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
        "",
        f"Machine: {machine()}. SGLang {instance.sglang}, {measured.versions}.",
        "",
        "The model is the tests' tiny MiMo-V2-Flash, in BF16, whose weights play a script. So the times are the",
        "server's, its cache's and its kernels' launches, and say nothing of the real model's speed; the",
        "acceptance is a script's. FP8, tensor parallelism and large batches are not touched.",
        "",
        "## Start",
        "",
        f"`mimosa serve` had it ready after {instance.ready_after_s or 0:.0f} s, with",
        "",
        f"    {without_paths(instance)}",
        "",
        "## Doctor",
        "",
        "| looked at | verdict | said |",
        "|---|---|---|",
        *(f"| {each['subject']} | {each['verdict']} | {cell(each['said'])} |" for each in measured.of_the_model),
        "",
        # The bench's own page, one level down.
        *(f"#{line}" if line.startswith("#") else line for line in measured.bench.splitlines()),
        "",
    ]
    return "\n".join(lines)


def machine() -> str:
    gpus = Gpus()
    cards = [f"{each.name}, {each.total / 2**30:.0f} GiB" for each in gpus.read()]
    gpus.close()
    system = f"{platform.machine()} {platform.system()} {platform.release()}"
    if not cards:
        return f"{system}, no GPU"
    return f"{len(cards)}x {cards[0]}, driver {driver_version()}, one GPU used; {system}"


def without_paths(instance: Instance) -> str:
    """The command, without where things lie on that machine."""
    named = ["MODEL" if word.endswith(instance.model) and "/" in word else word for word in instance.command[1:]]
    return shlex.join(["python", *named])


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
