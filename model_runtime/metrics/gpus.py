"""The GPUs of this machine: memory, power, energy; through NVML."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class GpuReading:
    """used, total: bytes of memory. busy: share of the last second or so in which a kernel ran, 0 to 1. watts:
    drawn now; joules: since the driver was loaded; None where the card does not measure it."""

    index: int
    name: str
    used: int
    total: int
    busy: float | None = None
    watts: float | None = None
    joules: float | None = None


class Gpus:
    """Reads all GPUs of this machine; none where there is no driver, or no `nvidia-ml-py`."""

    def __init__(self) -> None:
        self._nvml = _open()

    def read(self) -> tuple[GpuReading, ...]:
        if self._nvml is None:
            return ()
        try:
            return tuple(_read(self._nvml, index) for index in range(self._nvml.nvmlDeviceGetCount()))
        except self._nvml.NVMLError:
            return ()  # A driver that is reset in the meantime.

    def close(self) -> None:
        nvml, self._nvml = self._nvml, None
        if nvml is not None:
            nvml.nvmlShutdown()


def joules(readings: tuple[GpuReading, ...]) -> float | None:
    """Of all GPUs; None if any does not measure it, or there is none."""
    known = [each.joules for each in readings if each.joules is not None]
    return sum(known) if readings and len(known) == len(readings) else None


def _open() -> Any:
    """The NVML module, initialised; None if it cannot be used here."""
    try:
        nvml = import_module("pynvml")
    except ImportError:
        return None
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None
    return nvml


def _read(nvml: Any, index: int) -> GpuReading:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    name = nvml.nvmlDeviceGetName(handle)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    busy = _optional(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    milliwatts = _optional(nvml, lambda: nvml.nvmlDeviceGetPowerUsage(handle))
    millijoules = _optional(nvml, lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
    return GpuReading(
        index=index,
        name=(name.decode() if isinstance(name, bytes) else str(name)).removeprefix("NVIDIA "),
        used=int(memory.used),
        total=int(memory.total),
        busy=busy / 100 if busy is not None else None,
        watts=milliwatts / 1000 if milliwatts is not None else None,
        joules=millijoules / 1000 if millijoules is not None else None,
    )


def _optional(nvml: Any, ask: Any) -> float | None:
    """Not every card measures everything, and a partition of one measures little."""
    try:
        return float(ask())
    except nvml.NVMLError:
        return None
