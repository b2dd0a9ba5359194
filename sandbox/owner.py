"""Who made a sandbox: a process that can be told apart from every other, and found dead later."""

import hashlib
import os
from pathlib import Path


def this_owner() -> str:
    """This process, told apart from any other on any machine that shares the engine: the boot, the PID namespace,
    the PID and when it started."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())}"


def owner_word() -> str:
    """As `this_owner`, of letters, digits and dashes alone; it begins with the PID."""
    return f"{os.getpid()}-{_started(os.getpid())}-{_machine_word()}"


def is_dead_word(word: str) -> bool:
    """As `is_dead`, of an `owner_word`."""
    process, _, rest = word.partition("-")
    started, _, machine = rest.partition("-")
    return machine == _machine_word() and process.isdigit() and _started(int(process)) != started


def is_dead(owner: str) -> bool:
    """Whether it was of this machine and PID namespace, and runs no more. Of others nobody here can tell."""
    machine, _, process = owner.rpartition(" ")[0].rpartition(" ")
    started = owner.rpartition(" ")[2]
    return machine == _machine() and process.isdigit() and _started(int(process)) != started


def _machine_word() -> str:
    return hashlib.sha256(_machine().encode()).hexdigest()[:12]


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - it points to no path
    except OSError:
        return os.uname().nodename  # not Linux


def _started(process: int) -> str:
    """When a process started, in clock ticks since the boot (proc(5)); "0" if there is none. Raises OSError where
    that cannot be told: whoever runs out of open files must not take the living for dead."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return "0"
