"""The machine that a run is made on."""

import os
import platform
from collections import Counter
from pathlib import Path

from evals.manifest.model import GpuKind, Hardware
from model_runtime.metrics.gpus import Gpus
from sandbox.errors import SandboxError
from sandbox.images.engine import connect


def hardware() -> Hardware:
    return Hardware(
        machine=platform.machine(),
        processor=_processor(),
        cores=os.cpu_count() or 0,
        memory=_memory(),
        kernel=platform.release(),
        engine=_engine(),
        gpus=_gpus(),
    )


def python_version() -> str:
    return platform.python_version()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    name = next((line for line in lines if line.startswith("model name")), "")
    return name.partition(":")[2].strip() or platform.processor()


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def _engine() -> str:
    try:
        client = connect()
    except SandboxError:
        return ""
    try:
        return str(client.version().get("Version", ""))
    except OSError:  # requests' errors among them
        return ""
    finally:
        client.close()


def _gpus() -> tuple[GpuKind, ...]:
    gpus = Gpus()
    try:
        kinds = Counter((gpu.name, gpu.total) for gpu in gpus.read())
    finally:
        gpus.close()
    return tuple(GpuKind(name=name, count=count, memory=memory) for (name, memory), count in kinds.items())
