"""Which process is meant, beyond its number: numbers are used again, and a reboot forgets them all."""

import os
import signal
import time
from pathlib import Path

from model_runtime.messages import Frozen

PROC = Path("/proc")


class ProcessId(Frozen):
    """A process of this machine. start_ticks: its start, in clock ticks since boot; boot: the boot's own id. The
    process leads a session, so that whatever it starts can be found by it."""

    pid: int
    start_ticks: int
    boot: str


def identify(pid: int) -> ProcessId | None:
    """None if there is no such process, ended ones included."""
    stat = _stat(pid)
    if stat is None or stat[0] in "ZX":
        return None
    return ProcessId(pid=pid, start_ticks=int(stat[19]), boot=boot_id())


def boot_id() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def is_alive(process: ProcessId) -> bool:
    return identify(process.pid) == process


def exit_code_of(pid: int) -> int | None:
    """How a child of ours ended, negative for a signal; None if it runs on or is nobody's child here."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if found else None


def end(process: ProcessId, grace_s: float, poll_s: float = 0.1) -> None:
    """Ask the process to end, wait, then end it and what is left of its session. Nothing happens if the machine
    was restarted or the number is another process's by now."""
    if process.boot != boot_id():
        return
    if is_alive(process):
        _signal(process.pid, signal.SIGTERM)
    waited = 0.0
    while is_alive(process) and waited < grace_s:
        time.sleep(poll_s)
        waited += poll_s
    if is_alive(process):
        _signal(process.pid, signal.SIGKILL)
    end_rest(process)
    exit_code_of(process.pid)


def end_rest(process: ProcessId) -> None:
    """End whatever is left of its session, itself excepted."""
    for pid in _session(process):
        if pid != process.pid or not is_alive(process):
            _signal(pid, signal.SIGKILL)


def _session(process: ProcessId) -> list[int]:
    """The living processes of its session. Linux gives a number to nobody else while a session bears it."""
    leader = identify(process.pid)
    if leader not in (None, process):
        return []
    pids = [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]
    stats = ((pid, _stat(pid)) for pid in pids)
    return [pid for pid, stat in stats if stat and stat[0] not in "ZX" and int(stat[3]) == process.pid]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on (proc(5): state is field 3, session 6, start time 22)."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # It ended by itself in the meantime.
