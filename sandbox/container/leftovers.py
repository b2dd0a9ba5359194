"""Containers whose Mimosa is dead: each carries who made it, so that a later start can remove them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient

SESSION_LABEL = "mimosa.session"
OWNER_LABEL = "mimosa.owner"


def this_owner() -> str:
    """This process, told apart from any other on any machine that shares the engine: the boot, the PID namespace,
    the PID and when it started."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())}"


def sweep(client: "DockerClient") -> list[str]:
    """Remove the containers of Mimosas of this machine and PID namespace that run no more; it blocks.

    Returns their ids. Those of other machines on the same engine are left alone: nobody here can tell.
    """
    removed = []
    for container in client.containers.list(all=True, filters={"label": OWNER_LABEL}, ignore_removed=True):
        if _is_dead(container.labels.get(OWNER_LABEL, "")):
            _remove(client, str(container.id))
            removed.append(str(container.id))
    return removed


def _is_dead(owner: str) -> bool:
    machine, _, process = owner.rpartition(" ")[0].rpartition(" ")
    started = owner.rpartition(" ")[2]
    return machine == _machine() and process.isdigit() and _started(int(process)) != started


def _remove(client: "DockerClient", container: str) -> None:
    from docker.errors import APIError

    try:
        client.api.remove_container(container, force=True, v=True)
    except APIError as error:
        if error.status_code not in (404, 409):  # gone, or going: another Mimosa was faster
            raise


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - it points to no path
    except OSError:
        return os.uname().nodename  # not Linux


def _started(process: int) -> str:
    """When a process started, in clock ticks since the boot (proc(5)); "0" if there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[19]
    except OSError:
        return "0"
