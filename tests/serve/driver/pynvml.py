"""Stands where NVIDIA's library would: the GPUs that GPUS names, as `NAME:MIB:MIB IN USE`, separated by commas."""

import os
from types import SimpleNamespace

NAMED = [each.split(":") for each in os.environ.get("GPUS", "").split(",") if each]
CAPABILITY = {"H200": (9, 0), "H100": (9, 0), "L4": (8, 9)}


class NVMLError(Exception):
    """As in the library."""


def nvmlInit() -> None:  # noqa: N802 - the library's names
    if not NAMED:
        raise NVMLError("Driver Not Loaded")


def nvmlShutdown() -> None:  # noqa: N802
    """Nothing is held."""


def nvmlSystemGetDriverVersion() -> bytes:  # noqa: N802
    return b"570.133.20"


def nvmlDeviceGetCount() -> int:  # noqa: N802
    return len(NAMED)


def nvmlDeviceGetHandleByIndex(index: int) -> list[str]:  # noqa: N802
    return [str(index), *NAMED[index]]


def nvmlDeviceGetName(handle: list[str]) -> str:  # noqa: N802
    return f"NVIDIA {handle[1]}"


def nvmlDeviceGetUUID(handle: list[str]) -> bytes:  # noqa: N802
    return f"GPU-{handle[0]}abc".encode()


def nvmlDeviceGetMemoryInfo(handle: list[str]) -> SimpleNamespace:  # noqa: N802
    return SimpleNamespace(total=int(handle[2]) << 20, used=int(handle[3]) << 20)


def nvmlDeviceGetCudaComputeCapability(handle: list[str]) -> tuple[int, int]:  # noqa: N802
    return CAPABILITY[handle[1]]


def nvmlDeviceGetNvLinkState(handle: list[str], _link: int) -> int:  # noqa: N802
    if handle[1] == "L4":
        raise NVMLError("Not Supported")
    return 1


def nvmlDeviceGetUtilizationRates(_handle: list[str]) -> SimpleNamespace:  # noqa: N802
    return SimpleNamespace(gpu=87)


def nvmlDeviceGetPowerUsage(handle: list[str]) -> int:  # noqa: N802
    if handle[1] == "L4":
        raise NVMLError("Not Supported")
    return 523_000


def nvmlDeviceGetTotalEnergyConsumption(_handle: list[str]) -> int:  # noqa: N802
    return 7_200_000
