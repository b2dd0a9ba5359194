"""The GPUs of this machine, through NVML."""

import os
from importlib import import_module
from typing import Any

from model_runtime.serving.errors import NoGpus, PlanRefused
from model_runtime.serving.gpus import GIB, Gpu, Machines

OTHERWISE = (
    "To plan for another machine say which GPUs it has: `mimosa serve --plan --gpus 8xH200`. A server that runs "
    "elsewhere needs no GPU here: `mimosa --base-url http://HOST:30000/v1`."
)
DRIVERS_OWN = GIB  # An idle card shows some hundred MiB in use; that is the driver's, and planned for elsewhere.


def detect_gpus(nodes: int = 1) -> Machines:
    """The GPUs found here, taken to be the same on each of `nodes` machines. Raises NoGpus, PlanRefused."""
    nvml = _load()
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        raise NoGpus(f"NVIDIA's driver does not answer ({error}). {OTHERWISE}") from error
    try:
        found = [_read(nvml, index) for index in _visible(nvml)]
    except nvml.NVMLError as error:
        raise NoGpus(f"The GPUs cannot be read ({error}). {OTHERWISE}") from error
    finally:
        nvml.nvmlShutdown()
    return Machines(alike(found), len(found), nodes)


def driver_version() -> str:
    """Of NVIDIA's driver; "" if none answers."""
    try:
        nvml = _load()
    except NoGpus:
        return ""
    try:
        nvml.nvmlInit()
        found = nvml.nvmlSystemGetDriverVersion()
    except nvml.NVMLError:
        return ""
    nvml.nvmlShutdown()
    return found.decode() if isinstance(found, bytes) else str(found)


def alike(found: list[Gpu]) -> Gpu:
    """One card that stands for all: the smallest memory, the most that is taken. Raises NoGpus, PlanRefused."""
    if not found:
        raise NoGpus(f"NVIDIA's driver sees no GPU, or CUDA_VISIBLE_DEVICES hides all of them. {OTHERWISE}")
    names = sorted({gpu.name for gpu in found})
    if len(names) > 1:
        raise PlanRefused(
            f"The GPUs are of different kinds ({', '.join(names)}); a model is split evenly over equal ones. Show "
            f"those of one kind alone, with CUDA_VISIBLE_DEVICES=0,1 or whichever they are."
        )
    links = {gpu.link for gpu in found}
    link = found[0].link if len(links) == 1 else False
    return Gpu(
        names[0],
        min(gpu.memory for gpu in found),
        found[0].capability,
        link,
        taken=max(gpu.taken for gpu in found),
    )


def _load() -> Any:
    try:
        return import_module("pynvml")
    except ImportError as error:
        raise NoGpus(
            f"GPUs are found through NVML, which needs `pip install nvidia-ml-py`. {OTHERWISE}"
        ) from error


def _visible(nvml: Any) -> list[int]:
    """The GPUs that a server started from here will see: CUDA's variable names them by number or by UUID; the
    first name that means none ends the list, as in CUDA."""
    count = int(nvml.nvmlDeviceGetCount())
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return list(range(count))
    uuids = [_text(nvml.nvmlDeviceGetUUID(nvml.nvmlDeviceGetHandleByIndex(index))) for index in range(count)]
    found = list[int]()
    for name in (each.strip() for each in wanted.split(",")):
        if name.isdigit() and int(name) < count:
            found.append(int(name))
        elif matching := [index for index, uuid in enumerate(uuids) if name and uuid.startswith(name)]:
            found.append(matching[0])
        else:
            break
    return found


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _read(nvml: Any, index: int) -> Gpu:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    name = nvml.nvmlDeviceGetName(handle)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    taken = int(memory.used) if int(memory.used) > DRIVERS_OWN else 0
    major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    return Gpu(
        _text(name).removeprefix("NVIDIA "), int(memory.total), (major, minor), _linked(nvml, handle), taken=taken
    )


def _linked(nvml: Any, handle: Any) -> bool:
    """Whether any NVLink of the card is up. A card without NVLink answers with an error, which means no."""
    try:
        return bool(nvml.nvmlDeviceGetNvLinkState(handle, 0))
    except nvml.NVMLError:
        return False
