"""The Docker engine: does it answer this user, how does it store images, can it hold commands within limits?"""

import sys
from collections.abc import Iterator, Mapping

from agent.doctor.base import Case
from model_runtime.doctor.base import Finding
from sandbox.errors import EngineUnavailable
from sandbox.images.engine import connect, may_start

SLOW_DRIVERS = {"vfs": "copies the whole image for every sandbox", "devicemapper": "is no longer maintained"}
LIMITS = {"MemoryLimit": "memory", "PidsLimit": "processes", "CpuCfsQuota": "processors"}
NO_ISOLATION = "not used, sandbox.backend is local: commands run as you, with no isolation at all"


class EngineCheck:
    subject = "Docker"

    def look(self, case: Case) -> Iterator[Finding]:
        if not case.needs_docker:
            yield Finding(self.subject, "note", NO_ISOLATION, "leave sandbox.backend at docker")
            return
        try:
            info = _info()
        except EngineUnavailable as error:
            yield self._unavailable(error)
            return
        yield Finding(self.subject, "right", f"engine {info.get('ServerVersion')} answers this user")
        yield _storage(str(info.get("Driver")))
        yield _limits(info)
        yield _runtime(case.settings.sandbox.runtime, info.get("Runtimes"))

    def _unavailable(self, error: EngineUnavailable) -> Finding:
        if may_start():
            return Finding(
                self.subject,
                "note",
                "no engine answers; the first session starts one, for this user is root",
                f"{sys.executable} -m sandbox.images.engine",
            )
        what, _, todo = str(error).partition(". ")
        return Finding(self.subject, "wrong", what, todo)


def _info() -> Mapping[str, object]:
    client = connect()
    try:
        found: Mapping[str, object] = client.info()
        return found
    finally:
        client.close()


def _storage(driver: str) -> Finding:
    subject = "storage driver"
    if driver in SLOW_DRIVERS:
        return Finding(
            subject,
            "note",
            f"{driver} {SLOW_DRIVERS[driver]}",
            'set {"storage-driver": "overlay2"} in /etc/docker/daemon.json, where the file system allows it',
        )
    return Finding(subject, "right", driver)


def _limits(info: Mapping[str, object]) -> Finding:
    missing = [name for key, name in LIMITS.items() if info.get(key) is False]
    if missing:
        said = f"the engine cannot limit {' and '.join(missing)}: a runaway command can take the machine"
        return Finding("limits", "note", said, "switch the cgroup controllers on, and restart the engine")
    return Finding("limits", "right", "memory, processes and processors can be limited")


def _runtime(wanted: str, known: object) -> Finding:
    subject, names = "gVisor", sorted(known) if isinstance(known, dict) else []
    if wanted and wanted not in names:
        return Finding(
            subject,
            "wrong",
            f"sandbox.runtime is {wanted}, the engine has {', '.join(names)}",
            "install it and `runsc install`, restart the engine; or leave sandbox.runtime empty",
        )
    if wanted:
        return Finding(subject, "right", f"sandboxes run under {wanted}")
    if "runsc" in names:
        return Finding(subject, "note", "it is there and not used", "set sandbox.runtime to runsc")
    return Finding(subject, "right", "not installed; sandboxes share this machine's kernel, without rights on it")
