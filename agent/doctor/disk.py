"""Room on the disks that a session writes to."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from agent.doctor.base import Case
from model_runtime.doctor.base import Finding
from sandbox.errors import EngineUnavailable
from sandbox.images.engine import connect

GB = 1_000_000_000


class DiskCheck:
    subject = "disk"

    def look(self, case: Case) -> Iterator[Finding]:
        yield _judge("sessions", case.state, least=0.2, comfortable=2)
        root = _docker_root() if case.needs_docker else None
        if root is not None and root.is_dir():
            yield _judge("Docker", root, least=1, comfortable=10)


def _judge(what: str, folder: Path, *, least: float, comfortable: float) -> Finding:
    """least: GB without which nothing works. The folder may not be there yet."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(there).free / GB
    subject, said = f"disk, {what}", f"{free:,.1f} GB free for {folder}"
    if free < least:
        return Finding(subject, "wrong", said, _mend(what))
    if free < comfortable:
        return Finding(subject, "note", said, _mend(what))
    return Finding(subject, "right", said)


def _mend(what: str) -> str:
    return "docker system prune" if what == "Docker" else "make room, or set MIMOSA_STATE_DIR to another disk"


def _docker_root() -> Path | None:
    try:
        client = connect()
    except EngineUnavailable:
        return None
    try:
        found = client.info().get("DockerRootDir")
    finally:
        client.close()
    return Path(found) if isinstance(found, str) else None
