"""On what the figures were measured."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """`load` is the average number of processes that wanted a core in the last minute."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    docker: str
    load: float

    @classmethod
    def here(cls) -> "Machine":
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        cores = len(os.sched_getaffinity(0))
        return cls(
            cpu=cpu_model(),
            cores=cores,
            memory_gib=round(memory, 1),
            kernel=platform.release(),
            python=platform.python_version(),
            docker=docker_version(),
            load=os.getloadavg()[0],
        )


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def docker_version() -> str:
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except FileNotFoundError:
        return "none"
    return done.stdout.strip() or "none"
