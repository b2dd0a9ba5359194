"""What is other now than it was when a run was made: told before the run is repeated."""

from collections.abc import Iterator
from dataclasses import dataclass

from evals.manifest.collect import packages, prompts_sha256, tools_sha256
from evals.manifest.hardware import hardware
from evals.manifest.model import Hardware, Manifest

DECISIVE = ("mimosa-coder", "swebench", "python")
"""Packages whose version is told by itself; all others are counted in one line."""


@dataclass(frozen=True)
class Difference:
    """`decisive` ones can change a verdict or a reply; the others change how long it takes."""

    what: str
    then: str
    now: str
    decisive: bool = True


def differences(manifest: Manifest) -> tuple[Difference, ...]:
    """Between the run and this machine, this installation. Asks the Docker engine and the GPU driver."""
    return (
        *_told("prompts", manifest.prompts_sha256[:12], prompts_sha256()[:12]),
        *_told("tools", manifest.tools_sha256[:12], tools_sha256()[:12]),
        *_packages(manifest.packages, packages()),
        *_hardware(manifest.hardware, hardware()),
    )


def _packages(then: dict[str, str], now: dict[str, str]) -> Iterator[Difference]:
    for name in DECISIVE:
        yield from _told(name, then.get(name, "not installed"), now.get(name, "not installed"))
    others = sorted(name for name in {*then, *now} if name not in DECISIVE and then.get(name) != now.get(name))
    if others:
        shown = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        yield Difference("packages", f"{len(then)} installed", f"{shown} changed", decisive=False)


def _hardware(then: Hardware, now: Hardware) -> Iterator[Difference]:
    yield from _told("architecture", then.machine, now.machine)
    yield from _told("processor", _processor(then), _processor(now), decisive=False)
    yield from _told("memory", f"{then.memory / 2**30:.0f} GiB", f"{now.memory / 2**30:.0f} GiB", decisive=False)
    yield from _told("docker", then.engine or "none", now.engine or "none", decisive=False)
    yield from _told("gpus", _gpus(then), _gpus(now), decisive=False)


def _processor(machine: Hardware) -> str:
    return f"{machine.cores} x {machine.processor}"


def _gpus(machine: Hardware) -> str:
    return ", ".join(f"{gpu.count} x {gpu.name}" for gpu in machine.gpus) or "none"


def _told(what: str, then: str, now: str, *, decisive: bool = True) -> Iterator[Difference]:
    if then != now:
        yield Difference(what, then, now, decisive)
